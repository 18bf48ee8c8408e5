#pragma once

#include <optional>
#include <vector>

#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/read_depth.hpp"
#include "policy/rules.hpp"

namespace sallyport::policy {

// One of a policy's sets of actions, with what a preset means looked up: a write is taken that has one of the effects,
// or that a rule covers. The pointers are never null and point into the policy or into the presets' table.
struct CompiledAction {
  std::optional<model::Preset> preset;
  model::Effects effects;
  const Rules* rules = nullptr;
  const model::PolicyAction* action = nullptr;
};

// A policy made ready for matching. Borrows the policy: the index that owns both keeps it alive.
class CompiledPolicy {
 public:
  explicit CompiledPolicy(const model::Policy& policy);

  [[nodiscard]] const model::Policy& policy() const { return *policy_; }
  [[nodiscard]] const std::vector<CompiledAction>& actions() const { return actions_; }
  [[nodiscard]] bool for_cluster() const { return policy_->ref.namespace_name.empty(); }
  [[nodiscard]] bool invalid() const { return !policy_->works(); }

 private:
  const model::Policy* policy_;
  std::vector<CompiledAction> actions_;
};

// Is the call one that this policy may have a say in: as far as scope, subjects, rules and labels go? What the content
// must be (changedFields, what a preset is about) is left to match().
[[nodiscard]] ReadDepth concerns(const CompiledPolicy& policy, const Call& call);

// The parts of it that match() asks for one by one.
// An update of a Namespace that moves it into or out of the policy's namespaceSelector: the policy's business, whatever
// its rules say, or an agent could first take the namespace out of its scope.
[[nodiscard]] ReadDepth moves_namespace(const CompiledPolicy& policy, const Call& call);
// The rules cover the action, or it may have one of the effects, and the objectSelector picks the object.
[[nodiscard]] bool covered_by_rules(const CompiledAction& action, const Call& call);
[[nodiscard]] ReadDepth covers_action(const CompiledAction& action, const Call& call);
// The write moves an object of a resource that the rules name into or out of the objectSelector: the policy's business
// whatever its operations and changedFields say.
[[nodiscard]] ReadDepth moves_object(const CompiledAction& action, const Call& call);

}  // namespace sallyport::policy
