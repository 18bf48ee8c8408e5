#pragma once

#include <functional>
#include <string>

#include "engine/seams.hpp"

namespace sallyport::engine {

// The one way in which anything that may happen changes: the intent goes to the log and to the disk,
// then the request's status is replaced by compare-and-set, then the outcome is noted. So etcd never holds what the log
// does not know, and no answer precedes either.

enum class WriteOutcome {
  not_landed,  // somebody else was first, or it can no longer land: nothing happened, read again
  landed,
  unknown,  // not to be found out: whatever it was for is refused, and counts as spent
};

struct Step {
  WriteOutcome landed = WriteOutcome::unknown;
  model::ApprovalRequest request;  // as it stands now, where `landed` is yes
};

struct Intent {
  std::string kind;                            // "decision", "use", "revocation", "expiry"
  json::Value fields = json::Value::object();  // more for the log's record
};

// Makes the next status, given where in the log its intent stands.
using NextStatus = std::function<model::RequestStatus(const model::LogPosition&)>;

class Transitions {
 public:
  Transitions(Cluster& cluster, Journal& journal, Random& random)
      : cluster_(cluster), journal_(journal), random_(random) {}

  // `base` must come from a quorum read and have been checked. An Error means that nothing was attempted (the log could
  // not be written) or that the API server refused the write.
  Awaitable<Step> take(Intent intent, model::ApprovalRequest base, NextStatus next);

 private:
  Awaitable<Step> settle(std::string id, model::ApprovalRequest base, model::LogPosition log);

  Cluster& cluster_;
  Journal& journal_;
  Random& random_;
};

// Does this status hold what the intent at `log` was for?
[[nodiscard]] bool carries(const model::RequestStatus& status, const model::LogPosition& log);
// The intent's name in outcomes and fences: the stream and the seq that it will have are not known before it is
// appended.
[[nodiscard]] std::string new_intent_id(Random& random);

}  // namespace sallyport::engine
