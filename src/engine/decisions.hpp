#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/histogram.hpp"
#include "engine/due.hpp"
#include "engine/examine.hpp"
#include "engine/forgeries.hpp"
#include "engine/landings.hpp"
#include "engine/request_store.hpp"
#include "engine/settings.hpp"
#include "engine/transition.hpp"

namespace sallyport::engine {

// Ends reviews: turns sealed reviews into a decision, ends what has expired, revokes. What a decision is, is a pure
// function of the sealed reviews in the object that the compare-and-set replaces (due.hpp); when it is made is only a
// question of speed, so every replica may try and the first one wins. Engine's thread.
class Decisions {
 public:
  Decisions(Cluster& cluster, AlarmClock& clock, RequestStore& store, Transitions& transitions, const Sealer& sealer,
            const Examiner& examiner, Forgeries& forgeries, Landings& landings, const Settings& settings)
      : cluster_(cluster),
        clock_(clock),
        store_(store),
        transitions_(transitions),
        sealer_(sealer),
        examiner_(examiner),
        forgeries_(forgeries),
        landings_(landings),
        settings_(settings) {}

  // Called for every request that the watch brings: looks at it at once if its newest review was stamped here, and in
  // two seconds, if it is still undecided, where another replica did.
  boost::asio::awaitable<void> follow(model::RequestKey key, bool stamped_here);
  // Reads the request anew and takes whatever step is due. What could not be done is tried again by `sweep`.
  boost::asio::awaitable<void> look_at(model::RequestKey key);
  // From now on `follow` waits for nothing.
  void stop();
  // Looks at all whose time has come, and at what failed before.
  boost::asio::awaitable<void> sweep();

  // Ends an open request: Withdrawn if it is pending, Revoked if it is approved. true once it has ended, whoever did
  // it.
  boost::asio::awaitable<bool> end(model::RequestKey key, std::string reason, std::string message);
  // Withdraws a request if nothing is decided about it, nor has to be: what people have approved stays. Whether it did.
  boost::asio::awaitable<bool> give_way(model::RequestKey key, std::string message);
  // Ends the open requests of which a policy is no longer there: nobody needs to decide about them. False: some are
  // left.
  boost::asio::awaitable<bool> end_those_without_policy(std::function<bool(const model::PolicyRef&)> is_there);
  // Revokes it if it is approved: whether it was. An error: that could not be found out, or be done.
  Awaitable<bool> take_back(model::RequestKey key, std::string reason);

  // How long people took, from the request to its decision, of those that this replica has made.
  [[nodiscard]] const Histogram& took() const { return took_; }

 private:
  // `now`: when it was found to be due.
  Awaitable<Step> take(model::ApprovalRequest request, Sealed sealed, Due due, Instant now);
  // What of the request counts at `now`; what is forged is reported.
  [[nodiscard]] Sealed examine(const model::ApprovalRequest& request, Instant now);
  boost::asio::awaitable<bool> is_gone(model::PolicyRef policy);
  void announce(const model::ApprovalRequest& request);

  Cluster& cluster_;
  AlarmClock& clock_;
  RequestStore& store_;
  Transitions& transitions_;
  const Sealer& sealer_;
  const Examiner& examiner_;
  Forgeries& forgeries_;
  Landings& landings_;
  const Settings& settings_;
  std::set<model::RequestKey> unfinished_;  // a step was due and could not be taken
  std::set<std::shared_ptr<Alarm>> waits_;  // of `follow`
  bool stopping_ = false;
  Histogram took_{Histogram::kPeople};
};

}  // namespace sallyport::engine
