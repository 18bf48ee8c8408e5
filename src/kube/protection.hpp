#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/api.hpp"
#include "kube/paths.hpp"
#include "model/identity.hpp"

namespace sallyport::kube {

// What stops an agent, by name. The API server exempts these kinds from webhooks, so whoever may change them passes
// around the gate: no agent may.
struct GateParts {
  std::string gate;      // ValidatingWebhookConfiguration
  std::string requests;  // MutatingWebhookConfiguration
  std::string policy;    // ValidatingAdmissionPolicy
  std::string binding;   // ValidatingAdmissionPolicyBinding
};

struct AccessQuestion {
  model::User who;  // of an agent that is a group or a namespace: the groups alone
  std::string verb;
  Collection collection;
  std::string name;  // "": all of them
};

// All that has to be asked of one agent. Rights that were given to a single account of a listed namespace do not show:
// which accounts there are, we may not read.
[[nodiscard]] std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts);

// By SubjectAccessReviews: the first right found by which an agent could take the gate away, in a sentence. Nothing:
// there is none. The pointers are to what lives as long as the caller, which waits for this.
[[nodiscard]] Awaitable<std::optional<std::string>> why_unprotected(Api& api, const std::vector<model::Agent>* agents,
                                                                    const GateParts* parts);

}  // namespace sallyport::kube
