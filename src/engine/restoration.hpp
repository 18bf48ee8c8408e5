#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/decisions.hpp"
#include "engine/request_store.hpp"
#include "model/log_record.hpp"

namespace sallyport::engine {

// The cluster's store may be put back to an earlier state (an etcd snapshot restored), where grants that were used or
// revoked since stand open again. It shows in a list or a request that is older than what was seen before, or that
// lacks a use which the log knows. Then nothing is let through until every approval that stands has been revoked.
// Engine's thread.
class Restoration {
 public:
  Restoration(Journal& journal, const Clock& clock, RequestStore& store, Decisions& decisions)
      : journal_(journal), clock_(clock), store_(store), decisions_(decisions) {}

  // What the replica's log knows from before its start.
  void remember(model::LoggedHistory history) { history_ = std::move(history); }
  // People are to hear of it at once.
  void on_begin(std::function<void(const std::string&)> tell) { tell_ = std::move(tell); }

  // A request as the watch has brought it. Uses by other replicas enter this one's log, lest it alone lets the action
  // through again after a restoration.
  void saw(const model::ApprovalRequest& request, Instant now);
  // A use by this replica, which its log knows already.
  void used_here(const model::ApprovalRequest& request);
  void forget(const std::string& request_uid) { uses_in_log_.erase(request_uid); }
  // A request by a quorum read: it cannot be older than what the store held of it as the read began. What the watch
  // brought while the answer was on its way may be newer.
  void read(const model::ApprovalRequest& request, std::uint64_t known_before);
  // All requests have been listed, as of this resourceVersion.
  void synced(std::uint64_t version);
  // The list itself showed it.
  void begin(std::string why);
  // A quorum read has proven the store to be complete.
  void confirmed();

  [[nodiscard]] bool under_way() const { return under_way_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  // Revokes what may stand, once the store is known to hold it; to be called again while it is under way. What is done
  // stays done: it goes on where it stopped.
  boost::asio::awaitable<void> go_on();

 private:
  void compare_with_log();
  // True: nothing of this request stands any more.
  boost::asio::awaitable<bool> take_back(model::RequestKey key);
  bool has_more();  // and puts it among what is left

  Journal& journal_;
  const Clock& clock_;
  RequestStore& store_;
  Decisions& decisions_;
  std::function<void(const std::string&)> tell_ = [](const auto&) {};
  model::LoggedHistory history_;
  std::map<std::string, std::size_t> uses_in_log_;  // by the request's uid, of those seen by this process
  std::uint64_t highest_ = 0;                       // resourceVersion seen by this process
  bool under_way_ = false;
  int confirms_needed_ = 0;
  std::optional<std::deque<model::RequestKey>> left_;  // to be looked at; nothing: not known yet
  std::set<model::RequestKey> done_;                   // or among those that are left
  std::int64_t revoked_ = 0;
  std::size_t count_ = 0;
  std::string why_;
};

}  // namespace sallyport::engine
