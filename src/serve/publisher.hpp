#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "policy/basis.hpp"
#include "serve/followed.hpp"
#include "serve/keys.hpp"
#include "serve/snapshot.hpp"

namespace sallyport::serve {

// Makes the snapshot that the I/O threads answer from, out of what was followed, whenever something has changed.
// Engine's thread.
class Publisher {
 public:
  using Publish = std::function<void(const std::shared_ptr<const Snapshot>&)>;

  Publisher(const FollowedPolicies& policies, const FollowedPolicies& cluster_policies,
            const FollowedNamespaces& namespaces)
      : policies_(policies), cluster_policies_(cluster_policies), namespaces_(namespaces) {}

  void publish_to(Publish publish) { publish_ = std::move(publish); }
  // Called after each `publish` that other policies or namespaces came with.
  void on_other_policies(std::function<void()> tell) { tell_ = std::move(tell); }

  // What has changed since the last `publish`.
  void policies_changed() { policies_stale_ = true; }
  void namespaces_changed() { namespaces_stale_ = true; }
  void set_keys(const Keys& keys, Instant now, Duration steady_now);
  void set_guard(std::shared_ptr<const policy::Guard> guard);

  // Hands out a new snapshot if anything has changed.
  void publish();

  // Would the call be matched in the same way by what is in force now?
  [[nodiscard]] bool stands(const policy::Basis& basis) const;
  // Whatever it asks by now.
  [[nodiscard]] bool has(const model::PolicyRef& policy) const;
  [[nodiscard]] std::size_t policies() const { return current_.policies ? current_.policies->policies().size() : 0; }

 private:
  const FollowedPolicies& policies_;
  const FollowedPolicies& cluster_policies_;
  const FollowedNamespaces& namespaces_;
  Publish publish_ = [](const auto&) {};
  std::function<void()> tell_ = [] {};
  Snapshot current_;
  bool policies_stale_ = true;
  bool namespaces_stale_ = true;
  bool rest_stale_ = true;
};

}  // namespace sallyport::serve
