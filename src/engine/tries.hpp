#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "engine/ask.hpp"
#include "engine/request_store.hpp"

// Commands that ask something else at each try: a time stamp, a value that is generated anew. People would be asked
// again and again about what nobody waits for any more, and what they approve would never be used.
namespace sallyport::engine {

// What all tries of a command have in common: who asks and by which token, the operation, the object, and which fields
// it sets, whatever to. "" where that cannot be told: of a token without an id, of a change that is not shown whole,
// and of what sets no fields.
[[nodiscard]] std::string command_of(const model::Requester& requester, const model::ActionRecord& action);

// The fields in which two tries differ, in words that name a few of them: "metadata.annotations.built". What a Secret
// holds is not compared, and said to be perhaps another.
[[nodiscard]] std::string differing_words(const model::ActionRecord& earlier, const model::ActionRecord& later);

// Who waits for which request, and who has waited in vain; of this replica's calls alone. Engine's thread.
class Tries {
 public:
  Tries(const RequestStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // One call that asks for a request, from when the request is known to its answer. Where it was told to come again, or
  // its caller has gone, `gave_up` is said before its end.
  class Call {
   public:
    Call(Tries& tries, model::RequestKey key);
    ~Call();
    void gave_up() { gave_up_ = true; }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Tries& tries_;
    model::RequestKey key_;
    bool gave_up_ = false;
  };

  // What the command of an ask has asked before, since it last got through.
  struct Row {
    std::size_t length = 0;  // requests in a row
    std::optional<model::RequestKey> last;
    std::vector<model::RequestKey> left;  // the pending ones whose call is gone, or was told to come again
  };
  [[nodiscard]] Row row_before(const Ask& ask, const std::string& namespace_name) const;

  // Forgets whoever left long ago.
  void tidy();

 private:
  [[nodiscard]] bool was_left(const RequestStore::Entry& entry) const;

  const RequestStore& store_;
  const Clock& clock_;
  struct Calls {
    std::size_t there = 0;
    std::optional<Duration> given_up;  // steady time, the last
  };
  std::map<model::RequestKey, Calls> calls_;
};

}  // namespace sallyport::engine
