#pragma once

#include <optional>
#include <vector>

#include "effects/write.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::policy {

// All that a match depends on beside the review itself: the policies that may be concerned, and what is known of the
// call's namespace. A gated call keeps its basis while it waits for people; as long as it stands, the call would be
// matched in the same way again, whatever was written to other policies and namespaces.
struct Basis {
  model::Envelope envelope;
  model::SelectorFields selector_fields;
  const model::Agent* agent = nullptr;  // of the replica's list, which outlives every call
  std::vector<model::PolicyRef> policies;
  std::optional<NamespaceFacts> ns;
  bool holds_policy = false;     // of a Namespace: an ApprovalPolicy lives in it
  bool may_do_anything = false;  // it has a field that nobody has looked at
};

[[nodiscard]] Basis basis_of(const effects::ReadOnce& write, const model::Agent& agent, const PolicyIndex& policies,
                             const NamespaceFacts* ns);

// Is it the same by these policies, and what is known of the namespace now?
[[nodiscard]] bool stands(const Basis& basis, const PolicyIndex& policies, const NamespaceFacts* ns);

}  // namespace sallyport::policy
