#include "policy/basis.hpp"

#include "effects/write.hpp"
#include "policy/labels.hpp"
#include "policy/match.hpp"

namespace sallyport::policy {
namespace {

std::vector<model::PolicyRef> refs(const Candidates& candidates) {
  std::vector<model::PolicyRef> refs;
  refs.reserve(candidates.size());
  for (const auto* candidate : candidates) refs.push_back(candidate->policy().ref);
  return refs;
}

Candidates candidates_for(const Basis& basis, const PolicyIndex& policies, const NamespaceFacts* ns) {
  if (!basis.may_do_anything) return policies.candidates(basis.envelope, *basis.agent, ns, &basis.selector_fields);
  constexpr auto kAll = model::Effects::all();
  return policies.candidates(Call{basis.envelope, *basis.agent, ns, &basis.selector_fields, kAll, kAll});
}

// The guard asks it of a Namespace that is to go.
bool is_namespace_with_policy(const model::Envelope& envelope, const PolicyIndex& policies) {
  return is_namespace(envelope.resource) && policies.holds_policy(envelope.namespace_name);
}

std::optional<NamespaceFacts> copied(const NamespaceFacts* ns) {
  return ns == nullptr ? std::nullopt : std::optional(*ns);
}

}  // namespace

Basis basis_of(const effects::ReadOnce& write, const model::Agent& agent, const PolicyIndex& policies,
               const NamespaceFacts* ns) {
  const auto& request = write.request();
  Basis basis{.envelope = request,
              .selector_fields = selector_fields_of(request),
              .agent = &agent,
              .policies = {},
              .ns = copied(ns)};
  basis.may_do_anything = !write.read().unclassified.empty();
  basis.policies = refs(candidates_for(basis, policies, ns));
  basis.holds_policy = is_namespace_with_policy(basis.envelope, policies);
  return basis;
}

bool stands(const Basis& basis, const PolicyIndex& policies, const NamespaceFacts* ns) {
  return basis.ns == copied(ns) && basis.holds_policy == is_namespace_with_policy(basis.envelope, policies) &&
         basis.policies == refs(candidates_for(basis, policies, ns));
}

}  // namespace sallyport::policy
