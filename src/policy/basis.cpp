#include "policy/basis.hpp"

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

// The guard asks it of a Namespace that is to go.
bool is_namespace_with_policy(const model::Envelope& envelope, const PolicyIndex& policies) {
  return is_namespace(envelope.resource) && policies.holds_policy(envelope.namespace_name);
}

std::optional<NamespaceFacts> copied(const NamespaceFacts* ns) {
  return ns == nullptr ? std::nullopt : std::optional(*ns);
}

}  // namespace

Basis basis_of(const model::AdmissionRequest& request, const model::Agent& agent, const PolicyIndex& policies,
               const NamespaceFacts* ns) {
  Basis basis{.envelope = request,
              .selector_fields = selector_fields_of(request),
              .agent = &agent,
              .policies = {},
              .ns = copied(ns)};
  basis.policies = refs(policies.candidates(basis.envelope, agent, ns, &basis.selector_fields));
  basis.holds_policy = is_namespace_with_policy(basis.envelope, policies);
  return basis;
}

bool stands(const Basis& basis, const PolicyIndex& policies, const NamespaceFacts* ns) {
  return basis.ns == copied(ns) && basis.holds_policy == is_namespace_with_policy(basis.envelope, policies) &&
         basis.policies == refs(policies.candidates(basis.envelope, *basis.agent, ns, &basis.selector_fields));
}

}  // namespace sallyport::policy
