#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "admission/policy_snapshot.hpp"
#include "cache/namespace_observer.hpp"
#include "cache/policy_observer.hpp"
#include "policy/basis.hpp"

namespace sallyport::cache {

// Makes the snapshot that the I/O threads answer from, out of what was followed, whenever something has changed.
// Engine's thread.
class SnapshotPublisher {
 public:
  using Publish = std::function<void(const std::shared_ptr<const admission::PolicySnapshot>&)>;

  SnapshotPublisher(const PolicyObserver& policies, const PolicyObserver& cluster_policies,
                    const NamespaceObserver& namespaces)
      : policies_(policies), cluster_policies_(cluster_policies), namespaces_(namespaces) {}

  void publish_to(Publish publish) { publish_ = std::move(publish); }
  // Called after each `publish` that other policies or namespaces came with.
  void on_other_policies(std::function<void()> tell) { tell_ = std::move(tell); }

  // What has changed since the last `publish`.
  void policies_changed() { policies_stale_ = true; }
  void namespaces_changed() { namespaces_stale_ = true; }
  void set_path(admission::WebhookPath path);
  void set_guard(std::shared_ptr<const policy::Guard> guard);

  // Hands out a new snapshot if anything has changed.
  void publish();

  // Would the call be matched in the same way by what is in force now?
  [[nodiscard]] bool stands(const policy::Basis& basis) const;
  // Whatever it asks by now.
  [[nodiscard]] bool has(const model::PolicyRef& policy) const;
  [[nodiscard]] std::size_t policies() const { return current_.policies ? current_.policies->policies().size() : 0; }

 private:
  const PolicyObserver& policies_;
  const PolicyObserver& cluster_policies_;
  const NamespaceObserver& namespaces_;
  Publish publish_ = [](const auto&) {};
  std::function<void()> tell_ = [] {};
  admission::PolicySnapshot current_;
  bool policies_stale_ = true;
  bool namespaces_stale_ = true;
  bool rest_stale_ = true;
};

}  // namespace sallyport::cache
