#pragma once

#include <functional>
#include <memory>

#include "engine/decisions.hpp"
#include "engine/examine.hpp"
#include "engine/forgeries.hpp"
#include "engine/gate.hpp"
#include "engine/history.hpp"
#include "engine/landings.hpp"
#include "engine/log_quota.hpp"
#include "engine/restoration.hpp"
#include "engine/reviewing.hpp"

namespace sallyport::engine {

// The engine put together over its three seams: requests, decisions, grants, holds. Everything of it is made, called
// and destroyed on one thread; other threads hand values over.
class Engine {
 public:
  Engine(Cluster& cluster, Journal& journal, Clock& clock, Random& random, Settings settings, Secret key,
         InForce in_force);

  boost::asio::awaitable<model::Answer> admit(Ask ask, AdmissionCall call) {
    return gate_.admit(std::move(ask), std::move(call));
  }
  boost::asio::awaitable<ReviewAnswer> review(ReviewCall call) { return reviewing_.review(std::move(call)); }

  // The watch's news; `synced`: a list is complete, as of this resourceVersion.
  boost::asio::awaitable<void> observe(model::ApprovalRequest request);
  void forget(const model::RequestKey& key, const std::string& uid) { book_.forget(key, uid); }
  void synced(std::uint64_t version) { restoration_.synced(version); }
  // Other policies are in force, or namespaces are other than they were: held calls are matched anew, and requests that
  // nobody asks for any more end.
  void policies_changed();
  [[nodiscard]] Restoration& restoration() { return restoration_; }
  [[nodiscard]] const Restoration& restoration() const { return restoration_; }
  [[nodiscard]] Landings& landings() { return landings_; }
  [[nodiscard]] LogQuota& log_quota() { return log_quota_; }

  // What all other replicas read, as their Leases say. Until the first call, seals are made in the oldest form.
  void others_read(const std::vector<model::Forms>& others);

  // Ends what is due, every second, until `stop`.
  boost::asio::awaitable<void> run_chores();
  // Removes what ended long ago, until `stop`.
  boost::asio::awaitable<void> tidy_history() { return history_.run(); }
  void stop_holding() { gate_.stop_holding(); }
  void stop();

  [[nodiscard]] const Book& book() const { return book_; }
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] std::size_t holding() const { return gate_.holding(); }
  // Requests that stand with a decision that is sealed, and does not follow from their reviews.
  [[nodiscard]] std::size_t forged_decisions() const { return forgeries_.decisions(); }
  // Requests of another version of Sallyport, about which this one does nothing.
  [[nodiscard]] std::size_t unknown_requests() const { return book_.unknown(); }

 private:
  boost::asio::awaitable<void> end_those_without_policy();

  Journal& journal_;
  Clock& clock_;
  Settings settings_;
  InForce in_force_;
  Sealer sealer_;
  Examiner examiner_;
  Forgeries forgeries_;
  LogQuota log_quota_;
  Landings landings_;
  Book book_;
  Transitions transitions_;
  Decisions decisions_;
  Restoration restoration_;
  History history_;
  Grants grants_;
  Gate gate_;
  Reviewing reviewing_;
  std::shared_ptr<Alarm> stopped_;
  bool stopping_ = false;
  Duration look_for_policies_at_{};  // steady time
};

}  // namespace sallyport::engine
