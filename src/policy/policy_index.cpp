#include "policy/policy_index.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "policy/labels.hpp"

namespace sallyport::policy {
namespace {

constexpr std::string_view kAny = "*";
constexpr std::string_view kEffects = "an effect";  // instead of a group: no group has this name

// The ways in which a key may be wider than one resource in one namespace.
enum Shape : std::uint32_t { any_group = 1, any_resource = 2, any_subresource = 4, all_namespaces = 8 };
constexpr std::uint32_t kShapes = 16;

std::vector<model::Policy> sorted(std::vector<model::Policy> policies) {
  std::ranges::sort(policies, {}, [](const model::Policy& policy) {
    return std::tie(policy.ref.kind, policy.ref.namespace_name, policy.ref.name, policy.ref.uid);
  });
  return policies;
}

std::vector<CompiledPolicy> compile(const std::vector<model::Policy>& policies) {
  return {policies.begin(), policies.end()};
}

const model::Selector* namespace_selector(const CompiledPolicy& policy) {
  return policy.for_cluster() ? &policy.policy().spec.namespace_selector : nullptr;
}

Bucket watch_namespaces(const std::vector<CompiledPolicy>& policies) {
  std::vector<Posting> postings;
  for (const auto& policy : policies) {
    const auto* selector = namespace_selector(policy);
    if (selector != nullptr && !selector->empty()) postings.push_back({&policy, nullptr, selector});
  }
  return Bucket(postings);
}

// Visits what a table of selectors on the written object's labels holds.
template <typename Visitor>
void visit_by_object(const LabelTable& table, const Call& call, Visitor& visitor) {
  if (table.empty()) return;
  const auto found = [&](const CompiledPolicy& policy) { visitor.found(policy); };
  if (!shows_labels(call.envelope)) {
    table.visit_all(found);
  } else if (call.selector_fields == nullptr) {
    visitor.unread(table);
  } else {
    table.visit(call.selector_fields->labels, found);
    table.visit(call.selector_fields->old_labels, found);
  }
}

// The same for selectors on the labels of the object's namespace.
template <typename Visitor>
void visit_by_namespace(const LabelTable& table, const Call& call, Visitor& visitor) {
  if (is_namespace(call.envelope.resource)) return visit_by_object(table, call, visitor);
  const auto found = [&](const CompiledPolicy& policy) { visitor.found(policy); };
  if (call.ns == nullptr || call.envelope.namespace_name.empty()) {
    table.visit_all(found);
  } else {
    table.visit(call.ns->labels, found);
  }
}

template <typename Visitor>
void visit_bucket(const Bucket& bucket, const Call& call, Visitor& visitor) {
  for (const auto* policy : bucket.plain()) visitor.found(*policy);
  visit_by_object(bucket.by_object_label(), call, visitor);
  visit_by_namespace(bucket.by_namespace_label(), call, visitor);
}

}  // namespace

// Takes all that may be concerned.
struct PolicyIndex::Collector {
  const Call& call;
  Candidates candidates;

  void found(const CompiledPolicy& policy) {
    if (concerns(policy, call) != ReadDepth::envelope) candidates.push_back(&policy);
  }
  void unread(const LabelTable& table) {
    table.visit_all([this](const CompiledPolicy& policy) { found(policy); });
  }
};

// Wants to know only whether there is any.
struct PolicyIndex::Asker {
  const Call& call;
  ReadDepth answer = ReadDepth::envelope;

  void found(const CompiledPolicy& policy) {
    if (answer != ReadDepth::whole) answer = either(answer, concerns(policy, call));
  }
  void unread(const LabelTable&) { answer = either(answer, ReadDepth::labels); }
};

std::size_t PolicyIndex::KeyHash::operator()(const Key& key) const {
  const std::hash<std::string_view> hash;
  std::size_t sum = hash(key.group);
  for (const auto part : {key.resource, key.subresource, key.ns}) sum = sum * 31 + hash(part);
  return sum;
}

PolicyIndex::PolicyIndex(std::vector<model::Policy> policies, effects::SharedTable effects)
    : effects_(std::move(effects)),
      policies_(sorted(std::move(policies))),
      compiled_(compile(policies_)),
      namespace_watchers_(watch_namespaces(compiled_)) {
  Postings postings;
  for (const auto& policy : compiled_) {
    post(policy, postings);
    if (!policy.for_cluster()) namespaces_.insert(policy.policy().ref.namespace_name);
  }
  for (const auto& [key, posted] : postings) {
    buckets_.emplace(key, Bucket(posted));
    if (key.group == kEffects) {
      asked_effects_ |= {*model::parse_effect(key.resource)};
      continue;
    }
    shapes_ |= 1u << ((key.group == kAny ? any_group : 0u) | (key.resource == kAny ? any_resource : 0u) |
                      (key.subresource == kAny ? any_subresource : 0u) | (key.ns.empty() ? all_namespaces : 0u));
  }
}

void PolicyIndex::post(const CompiledPolicy& policy, Postings& postings) {
  const std::string_view ns = policy.policy().ref.namespace_name;
  const auto* for_namespaces = namespace_selector(policy);
  if (policy.invalid()) postings[{kAny, kAny, kAny, ns}].push_back({&policy, nullptr, for_namespaces});
  for (const auto& action : policy.actions()) {
    for (const auto effect : action.effects.list()) {
      postings[{kEffects, to_string(effect), {}, ns}].push_back(
          {&policy, &action.action->object_selector, for_namespaces});
    }
    for (const auto& rule : *action.rules) {
      for (const auto& text : rule.resources) {
        const auto [resource, subresource] = split_resource(text);
        // Where labels cannot be read, a selector on them keeps nobody out.
        const bool readable = subresource == kAny || shows_labels(subresource);
        const Posting posting{&policy, readable ? &action.action->object_selector : nullptr, for_namespaces};
        for (const auto& group : rule.api_groups) postings[{group, resource, subresource, ns}].push_back(posting);
      }
    }
  }
}

template <typename Visitor>
void PolicyIndex::visit_resource(const Call& call, std::string_view subresource, bool with_any,
                                 Visitor& visitor) const {
  const auto& [group, version, resource, own_subresource] = call.envelope.resource;
  const std::string_view ns = call.envelope.namespace_name;
  for (std::uint32_t shape = 0; shape < kShapes; ++shape) {
    if ((shapes_ >> shape & 1u) == 0 || (!with_any && (shape & any_subresource) != 0)) continue;
    if (ns.empty() && (shape & all_namespaces) == 0) continue;
    const Key key{(shape & any_group) != 0 ? kAny : group, (shape & any_resource) != 0 ? kAny : resource,
                  (shape & any_subresource) != 0 ? kAny : subresource,
                  (shape & all_namespaces) != 0 ? std::string_view() : ns};
    if (const auto found = buckets_.find(key); found != buckets_.end()) visit_bucket(found->second, call, visitor);
  }
}

template <typename Visitor>
void PolicyIndex::visit_effects(const Call& call, Visitor& visitor) const {
  const std::string_view ns = call.envelope.namespace_name;
  for (const auto effect : (call.effects | call.effects_of_object).list()) {
    for (const auto& in : {ns, std::string_view()}) {
      if (const auto found = buckets_.find(Key{kEffects, to_string(effect), {}, in}); found != buckets_.end()) {
        visit_bucket(found->second, call, visitor);
      }
      if (ns.empty()) break;
    }
  }
}

template <typename Visitor>
void PolicyIndex::visit(const Call& call, Visitor& visitor) const {
  const auto& envelope = call.envelope;
  visit_effects(call, visitor);
  visit_resource(call, envelope.resource.subresource, true, visitor);
  if (envelope.operation != model::Operation::update || !shows_labels(envelope)) return;
  // A write of a part of an object (pods/status) can change its labels: that is the business of who selects the object.
  if (!envelope.resource.subresource.empty()) visit_resource(call, "", false, visitor);
  if (is_namespace(envelope.resource)) visit_bucket(namespace_watchers_, call, visitor);
}

Call PolicyIndex::call_of(const model::Envelope& envelope, const model::Agent& agent, const NamespaceFacts* ns,
                          const model::SelectorFields* selector_fields) const {
  const Call call{envelope, agent, ns, selector_fields};
  return asked_effects_.empty() ? call : with_effects(call, *effects_);
}

ReadDepth PolicyIndex::read_depth(const model::Envelope& envelope, const model::Agent& agent,
                                  const NamespaceFacts* ns) const {
  const auto call = call_of(envelope, agent, ns, nullptr);
  Asker asker{call};
  visit(call, asker);
  return asker.answer;
}

Candidates PolicyIndex::candidates(const model::Envelope& envelope, const model::Agent& agent, const NamespaceFacts* ns,
                                   const model::SelectorFields* selector_fields) const {
  return candidates(call_of(envelope, agent, ns, selector_fields));
}

Candidates PolicyIndex::candidates(const effects::ReadOnce& write, const model::Agent& agent, const NamespaceFacts* ns,
                                   const model::SelectorFields* selector_fields) const {
  const Call call{write.request(), agent, ns, selector_fields};
  return candidates(asked_effects_.empty() ? call : with_effects(call, write, asked_effects_));
}

Candidates PolicyIndex::candidates(const Call& call) const {
  Collector collector{call, {}};
  visit(call, collector);
  auto& found = collector.candidates;
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return std::move(found);
}

}  // namespace sallyport::policy
