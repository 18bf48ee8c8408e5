#include "policy/compiled_policy.hpp"

#include <algorithm>

#include "policy/labels.hpp"
#include "policy/presets.hpp"

namespace sallyport::policy {
namespace {

using model::Subject;

bool is_subject(const Subject& subject, const Call& call) {
  const auto& user = call.envelope.user;
  switch (subject.kind) {
    case Subject::Kind::user:
      return subject.name == user.username;
    case Subject::Kind::group:
      return std::ranges::find(user.groups, subject.name) != user.groups.end();
    case Subject::Kind::agent:
      return subject.name == call.agent.name;
    case Subject::Kind::service_account: {
      const auto account = model::service_account(user.username);
      return !account.name.empty() && account.name == subject.name && account.namespace_name == subject.namespace_name;
    }
  }
  return true;
}

bool names_agent(const model::PolicySpec& spec, const Call& call) {
  if (spec.subjects.empty()) return true;
  return std::ranges::any_of(spec.subjects, [&](const auto& subject) { return is_subject(subject, call); });
}

bool excepts(const model::PolicySpec& spec, const Call& call) {
  const auto& resource = call.envelope.resource;
  return std::ranges::any_of(spec.except, [&](const auto& rule) {
    return covers(rule, resource) && covers(rule, call.envelope.operation) && names_version(rule, resource.version);
  });
}

// Is the target in a namespace that the policy is for? For a Namespace object its own labels count, before and after;
// other cluster-scoped targets are always in the scope of a cluster policy.
ReadDepth in_scope(const CompiledPolicy& policy, const Call& call) {
  const auto& ref = policy.policy().ref;
  const auto& selector = policy.policy().spec.namespace_selector;
  if (!policy.for_cluster()) return known(ref.namespace_name == call.envelope.namespace_name);
  if (selector.empty()) return ReadDepth::whole;
  if (is_namespace(call.envelope.resource)) return selects_object(selector, call);
  return known(call.ns == nullptr || call.envelope.namespace_name.empty() || model::selects(selector, call.ns->labels));
}

bool covers_it_or_parent(const Rules& rules, const model::Resource& resource) {
  return std::ranges::any_of(rules,
                             [&](const auto& rule) { return covers(rule, resource) || covers_parent(rule, resource); });
}

ReadDepth concerns(const CompiledAction& action, const Call& call) {
  return either(covers_action(action, call), moves_object(action, call));
}

}  // namespace

CompiledPolicy::CompiledPolicy(const model::Policy& policy) : policy_(&policy) {
  for (const auto& action : policy.spec.actions) {
    if (action.preset) {
      const auto& meaning = meaning_of(*action.preset);
      actions_.push_back({action.preset, meaning.effects, &meaning.rules, &action});
    } else {
      actions_.push_back({std::nullopt, action.effects, &action.rules, &action});
    }
  }
}

ReadDepth moves_namespace(const CompiledPolicy& policy, const Call& call) {
  if (!policy.for_cluster() || !is_namespace(call.envelope.resource)) return ReadDepth::envelope;
  return relabels_object(policy.policy().spec.namespace_selector, call);
}

bool covered_by_rules(const CompiledAction& action, const Call& call) {
  return std::ranges::any_of(*action.rules, [&](const auto& rule) {
    return covers(rule, call.envelope.operation) && covers(rule, call.envelope.resource);
  });
}

ReadDepth covers_action(const CompiledAction& action, const Call& call) {
  const bool covered = action.effects.has_any_of(call.effects) || covered_by_rules(action, call);
  return covered ? selects_object(action.action->object_selector, call) : ReadDepth::envelope;
}

ReadDepth moves_object(const CompiledAction& action, const Call& call) {
  const auto moves = relabels_object(action.action->object_selector, call);
  // Labels can be written through a part of the object as well (pods/status).
  if (moves == ReadDepth::envelope) return moves;
  const bool names_object =
      action.effects.has_any_of(call.effects_of_object) || covers_it_or_parent(*action.rules, call.envelope.resource);
  return names_object ? moves : ReadDepth::envelope;
}

ReadDepth concerns(const CompiledPolicy& policy, const Call& call) {
  const auto scope = in_scope(policy, call);
  if (scope == ReadDepth::envelope || policy.invalid()) return scope;
  const auto& spec = policy.policy().spec;
  if (!names_agent(spec, call)) return ReadDepth::envelope;
  auto business = moves_namespace(policy, call);
  if (!excepts(spec, call)) {
    for (const auto& action : policy.actions()) business = either(business, concerns(action, call));
  }
  return both(scope, business);
}

}  // namespace sallyport::policy
