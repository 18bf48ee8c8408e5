#pragma once

#include <cstddef>
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

// The engine put together over its seams: requests, decisions, grants, holds. Everything of it is made, called and
// destroyed on one thread; other threads hand values over. It is destroyed once all that was awaited of it has ended:
// see `ended`.
class Engine {
 public:
  Engine(Cluster& cluster, Journal& journal, AlarmClock& clock, Random& random, Settings settings, Secret key,
         InForce in_force);

  boost::asio::awaitable<model::Answer> admit(Ask ask, AdmissionCall call);
  boost::asio::awaitable<ReviewAnswer> review(ReviewCall call);

  // The watch's news; `synced`: a list is complete, as of this resourceVersion.
  boost::asio::awaitable<void> observe(model::ApprovalRequest request);
  void forget(const model::RequestKey& key, const std::string& uid) { store_.forget(key, uid); }
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
  boost::asio::awaitable<void> tidy_history();
  void stop_holding() { gate_.stop_holding(); }
  // All that waits for people or for a time ends now; what waits for the API server or the disk, once that answers.
  void stop();
  // Waits, after `stop`, until nothing of the engine is under way any more; false: something still is. One may wait.
  [[nodiscard]] boost::asio::awaitable<bool> ended(Duration at_most);

  [[nodiscard]] const RequestStore& store() const { return store_; }
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] std::size_t holding() const { return gate_.holding(); }
  [[nodiscard]] const Histogram& holds_took() const { return gate_.holds_took(); }
  [[nodiscard]] const Histogram& decisions_took() const { return decisions_.took(); }
  // Requests that stand with a decision that is sealed, and does not follow from their reviews.
  [[nodiscard]] std::size_t forged_decisions() const { return forgeries_.decisions(); }
  // Requests of another version of Sallyport, about which this one does nothing.
  [[nodiscard]] std::size_t unknown_requests() const { return store_.unknown(); }

  // One call that is under way in here, or holds on to what the engine does: `ended` waits for it.
  class Inside {
   public:
    explicit Inside(Engine& engine) : engine_(engine) { ++engine_.inside_; }
    ~Inside() {
      if (--engine_.inside_ == 0) engine_.left_->ring();
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Engine& engine_;
  };

 private:
  boost::asio::awaitable<void> end_those_without_policy();

  Journal& journal_;
  AlarmClock& clock_;
  Settings settings_;
  InForce in_force_;
  Sealer sealer_;
  Examiner examiner_;
  Forgeries forgeries_;
  LogQuota log_quota_;
  Landings landings_;
  RequestStore store_;
  Transitions transitions_;
  Decisions decisions_;
  Restoration restoration_;
  History history_;
  Grants grants_;
  Gate gate_;
  Reviewing reviewing_;
  std::shared_ptr<Alarm> stopped_;
  std::shared_ptr<Alarm> left_;  // rung when the last call has left
  std::size_t inside_ = 0;
  bool stopping_ = false;
  Duration look_for_policies_at_{};  // steady time
};

}  // namespace sallyport::engine
