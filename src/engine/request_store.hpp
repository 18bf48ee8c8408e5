#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/seams.hpp"
#include "model/forms.hpp"

namespace sallyport::engine {

// A resourceVersion as the number that it is (KEP-5504); 0: it is none.
[[nodiscard]] std::uint64_t version_number(const std::string& resource_version);

// The object that an action is about, whichever part of it; "" for none of this cluster's.
[[nodiscard]] std::string object_of(const model::ActionRecord& action);

// Neither waits for people nor grants anything.
[[nodiscard]] bool has_ended(model::State state);

// What is known of the requests without asking: filled by the watch and by our own writes, so it is a hint and never a
// proof; whoever acts on it reads the request anew first. Calls that wait for people wait here. Engine's thread.
class RequestStore {
 public:
  // `forms`: of seals; a request of another form is none that this build can tell anything of.
  explicit RequestStore(const Clock& clock, model::FormRange forms = model::kSealForms)
      : clock_(clock), forms_(forms) {}

  // One request as a cache may remember it: enough to find it, to count it and to see that something may be due.
  struct Entry {
    model::RequestKey key;
    std::string uid;
    std::uint64_t version = 0;  // older news is dropped
    std::string digest;
    std::string agent;
    std::string target;     // the object that it is about, whichever part of it
    std::string plan;       // under which it was asked ahead
    std::string command;    // what the tries of one command have in common (tries.hpp)
    std::string anew;       // of one that such a command asks instead of an earlier one: what differs, in words
    bool gave_way = false;  // it was ended, since its command asks something else by now
    model::State state = model::State::pending;
    bool is_known = true;  // else it is of another version (see unknown_parts): here to be counted, and not to be asked
    std::vector<model::PolicyRef> policies;
    std::size_t uses = 0;
    std::size_t uses_left = 0;
    Instant created{};
    Instant expires_at{};
    Instant valid_until{};
    Instant decided_at{};
    Instant ended_at{};  // of those that have ended
    Instant used_at{};   // the last time
    std::size_t reviews = 0;
    std::string objection;  // of those that were denied: what a reviewer said; "": nothing
    std::size_t bytes = 0;  // about what it takes in etcd
  };

  // Told of each request that is there no more, once, before it is forgotten.
  void on_gone(std::function<void(const Entry&)> tell) { tell_gone_ = std::move(tell); }

  // How to find what a reviewer said who denied a request; without it, nobody is known to have said anything.
  void read_objections_by(std::function<std::string(const model::ApprovalRequest&)> read) {
    read_objection_ = std::move(read);
  }

  // True if this was news.
  bool observe(const model::ApprovalRequest& request);
  void forget(const model::RequestKey& key, const std::string& uid);
  // From now on anything is news: the store was restored, and counts its versions from an earlier one.
  void distrust_versions();

  [[nodiscard]] const Entry* find(const model::RequestKey& key) const;
  // The open request of this digest, if any, and else the one that ended last. None of another version.
  [[nodiscard]] const Entry* find_by_digest(const std::string& digest) const;
  // The request of this digest that was used last; null: none was, as far as is known.
  [[nodiscard]] const Entry* find_last_used(const std::string& digest) const;
  // How many requests of this digest have ended, or are of another version: the next one's attempt number.
  [[nodiscard]] std::size_t ended(const std::string& digest) const;
  // A denial at or after `since` of what the agent asked about this object of a namespace's requests, after which it
  // has asked so many times more; of several the last. Null: there is none.
  [[nodiscard]] const Entry* denied_and_asked_again(const std::string& namespace_name, const std::string& agent,
                                                    const std::string& target, Instant since, std::size_t times) const;
  // Of one command (never ""), in a namespace's requests: in the order of their making.
  [[nodiscard]] std::vector<const Entry*> of_command(const std::string& namespace_name,
                                                     const std::string& command) const;
  [[nodiscard]] std::size_t open_of_agent(const std::string& agent) const;
  [[nodiscard]] std::size_t open_in_namespace(const std::string& namespace_name) const;
  [[nodiscard]] std::size_t open_in_namespace_of(const std::string& namespace_name, const std::string& agent) const;
  [[nodiscard]] std::size_t agents_in_namespace(const std::string& namespace_name) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // Of all requests, ended ones too.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t bytes_in_namespace(const std::string& namespace_name) const;
  [[nodiscard]] std::size_t count(model::State state) const;
  [[nodiscard]] std::size_t unknown() const { return unknown_; }  // those of another version

  // Open requests whose time has come by `now`: undecided past expires_at, or approved past valid_until.
  [[nodiscard]] std::vector<model::RequestKey> due(Instant now) const;
  [[nodiscard]] bool is_open(const Entry& entry) const;
  // Those that are pending or approved and name such a policy.
  [[nodiscard]] std::vector<model::RequestKey> open_under(
      const std::function<bool(const model::PolicyRef&)>& is_such) const;
  // Those that were approved for a window which ends after this.
  [[nodiscard]] std::vector<model::RequestKey> with_window_after(Instant when) const;
  // Until the store changes.
  [[nodiscard]] std::vector<const Entry*> all_ended() const;

  // A waiter's alarm rings at every change of the request, until it is destroyed.
  class Waiter {
   public:
    Waiter(RequestStore& store, model::RequestKey key, std::shared_ptr<Alarm> alarm);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

   private:
    RequestStore& store_;
    model::RequestKey key_;
    std::shared_ptr<Alarm> alarm_;
  };
  void ring_all();

 private:
  void drop(const model::RequestKey& key);
  void count_open(const Entry& entry, int by);
  void count_bytes(const Entry& entry, int by);
  void ring(const model::RequestKey& key);

  // Does it wait for people or grant something, as far as this build knows?
  [[nodiscard]] static bool is_unended(const Entry& entry) { return entry.is_known && !has_ended(entry.state); }

  const Clock& clock_;
  model::FormRange forms_;
  std::size_t unknown_ = 0;
  std::function<void(const Entry&)> tell_gone_ = [](const auto&) {};
  std::function<std::string(const model::ApprovalRequest&)> read_objection_ = [](const auto&) { return ""; };
  std::map<model::RequestKey, Entry> entries_;
  std::unordered_map<std::string, std::set<model::RequestKey>> by_digest_;
  // Pending or Approved, and known. Counted apart, so that limits cost the same however many requests there are.
  std::set<model::RequestKey> unended_;
  std::map<std::string, std::map<std::string, std::size_t>> unended_by_namespace_;  // namespace -> agent -> how many
  std::map<std::string, std::size_t> unended_by_agent_;
  std::map<std::string, std::size_t> bytes_by_namespace_;
  std::size_t bytes_ = 0;
  std::multimap<model::RequestKey, std::shared_ptr<Alarm>> waiters_;
};

}  // namespace sallyport::engine
