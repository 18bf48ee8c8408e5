#include "serve/publisher.hpp"

namespace sallyport::serve {

void Publisher::set_keys(const Keys& keys, Instant now, Duration steady_now) {
  current_.path = keys.path;
  current_.previous_path = keys.previous_path;
  current_.previous_path_until = steady_now + (keys.path_since + kOldPathLives - now);
  rest_stale_ = true;
}

void Publisher::set_guard(std::shared_ptr<const policy::Guard> guard) {
  current_.guard = std::move(guard);
  rest_stale_ = true;
}

bool Publisher::stands(const policy::Basis& basis) const {
  return current_.policies &&
         policy::stands(basis, *current_.policies, current_.find_namespace(basis.envelope.namespace_name));
}

bool Publisher::has(const model::PolicyRef& policy) const {
  const auto& followed = policy.namespace_name.empty() ? cluster_policies_ : policies_;
  const auto found = followed.all().find(policy.namespace_name + "/" + policy.name);
  return found != followed.all().end() && found->second.policy.ref.uid == policy.uid;
}

void Publisher::publish() {
  if (!policies_stale_ && !namespaces_stale_ && !rest_stale_) return;
  if (policies_stale_) {
    std::vector<model::Policy> all;
    for (const auto* followed : {&policies_, &cluster_policies_}) {
      for (const auto& [id, one] : followed->all()) all.push_back(one.policy);
    }
    current_.policies = std::make_shared<const policy::PolicyIndex>(std::move(all));
  }
  if (namespaces_stale_) {
    current_.namespaces = std::make_shared<const FollowedNamespaces::Facts>(namespaces_.all());
  }
  const bool others = policies_stale_ || namespaces_stale_;
  policies_stale_ = namespaces_stale_ = rest_stale_ = false;
  publish_(std::make_shared<const Snapshot>(current_));
  if (others) tell_();
}

}  // namespace sallyport::serve
