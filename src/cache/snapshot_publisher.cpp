#include "cache/snapshot_publisher.hpp"

#include <utility>

namespace sallyport::cache {

void SnapshotPublisher::set_path(admission::WebhookPath path) {
  current_.path = std::move(path);
  rest_stale_ = true;
}

void SnapshotPublisher::set_guard(std::shared_ptr<const policy::Guard> guard) {
  current_.guard = std::move(guard);
  rest_stale_ = true;
}

bool SnapshotPublisher::stands(const policy::Basis& basis) const {
  return current_.policies &&
         policy::stands(basis, *current_.policies, current_.find_namespace(basis.envelope.namespace_name));
}

bool SnapshotPublisher::has(const model::PolicyRef& policy) const {
  const auto& followed = policy.namespace_name.empty() ? cluster_policies_ : policies_;
  const auto found = followed.all().find(policy.namespace_name + "/" + policy.name);
  return found != followed.all().end() && found->second.policy.ref.uid == policy.uid;
}

void SnapshotPublisher::publish() {
  if (!policies_stale_ && !namespaces_stale_ && !rest_stale_) return;
  if (policies_stale_) {
    std::vector<model::Policy> all;
    for (const auto* followed : {&policies_, &cluster_policies_}) {
      for (const auto& [id, one] : followed->all()) all.push_back(one.policy);
    }
    current_.policies = std::make_shared<const policy::PolicyIndex>(std::move(all));
  }
  if (namespaces_stale_) {
    current_.namespaces = std::make_shared<const NamespaceObserver::Facts>(namespaces_.all());
  }
  const bool others = policies_stale_ || namespaces_stale_;
  policies_stale_ = namespaces_stale_ = rest_stale_ = false;
  publish_(std::make_shared<const admission::PolicySnapshot>(current_));
  if (others) tell_();
}

}  // namespace sallyport::cache
