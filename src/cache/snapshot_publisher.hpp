#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "admission/policy_snapshot.hpp"
#include "cache/namespace_observer.hpp"
#include "cache/policy_observer.hpp"
#include "effects/table.hpp"
#include "kube/worker.hpp"
#include "policy/basis.hpp"

namespace sallyport::cache {

// Makes the snapshot that the I/O threads answer from, out of what was followed, whenever something has changed.
// Engine's thread, but for the index of many policies, which a worker builds.
class SnapshotPublisher {
 public:
  using Publish = std::function<void(const std::shared_ptr<const admission::PolicySnapshot>&)>;

  SnapshotPublisher(const boost::asio::any_io_executor& executor, kube::Worker indexer, const PolicyObserver& policies,
                    const PolicyObserver& cluster_policies, const NamespaceObserver& namespaces,
                    effects::SharedTable effects)
      : indexer_(std::move(indexer)),
        built_(executor, boost::asio::steady_timer::time_point::max()),
        policies_(policies),
        cluster_policies_(cluster_policies),
        namespaces_(namespaces),
        effects_(std::move(effects)) {}

  void publish_to(Publish publish) { publish_ = std::move(publish); }
  // Called after each `publish` that other policies or namespaces came with.
  void on_other_policies(std::function<void()> tell) { tell_ = std::move(tell); }

  // What has changed since the last `publish`.
  void policies_changed() { stale_.policies = true; }
  void namespaces_changed() { stale_.namespaces = true; }
  // Hands out a new snapshot if anything has changed. All that had changed before the call is in force after it.
  boost::asio::awaitable<void> publish();
  // For whoever has read all of it anew: publishes, and says of what is in force then that it lacks nothing that was
  // written before `as_of` (steady time).
  boost::asio::awaitable<void> confirm(Duration as_of);
  [[nodiscard]] const admission::Freshness& freshness() const { return current_.freshness; }

  // These two are handed out at once, beside the policies that are in force.
  void set_path(admission::WebhookPath path);
  void set_guard(std::shared_ptr<const policy::Guard> guard);

  // Would the call be matched in the same way by what is in force now?
  [[nodiscard]] bool stands(const policy::Basis& basis) const;
  // Whatever it asks by now.
  [[nodiscard]] bool has(const model::PolicyRef& policy) const;
  [[nodiscard]] std::size_t policies() const { return current_.policies ? current_.policies->policies().size() : 0; }

 private:
  struct Stale {
    bool policies = true;
    bool namespaces = true;
  };
  class Building;
  boost::asio::awaitable<void> publish_stale(Stale stale);
  boost::asio::awaitable<std::shared_ptr<const policy::PolicyIndex>> build_index();
  void hand_out() { publish_(std::make_shared<const admission::PolicySnapshot>(current_)); }

  kube::Worker indexer_;
  bool building_ = false;
  boost::asio::steady_timer built_;  // cancelled when an index is built
  const PolicyObserver& policies_;
  const PolicyObserver& cluster_policies_;
  const NamespaceObserver& namespaces_;
  effects::SharedTable effects_;
  Publish publish_ = [](const auto&) {};
  std::function<void()> tell_ = [] {};
  admission::PolicySnapshot current_;
  Stale stale_;
};

}  // namespace sallyport::cache
