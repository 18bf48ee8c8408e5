#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/api.hpp"
#include "kube/rights.hpp"
#include "model/identity.hpp"

namespace sallyport::kube {

// What the rights that lead around the gate are about, by the names that it has here.
struct GateParts {
  std::string gate;      // ValidatingWebhookConfiguration
  std::string requests;  // MutatingWebhookConfiguration, ValidatingAdmissionPolicy and its binding
  std::string own_namespace;
  std::vector<std::string> keys;  // Secrets in it
};

struct AccessQuestion {
  model::User who;  // of an agent that is a group or a namespace: the groups alone
  const Right* right;
  std::string verb;
  std::string name;  // "": any of them
};

// All that has to be asked of one agent; `guarded`: leave out what the guard refuses. What does not show are rights
// that were given to a single account of a listed namespace, in other namespaces, or for objects of other names.
[[nodiscard]] std::vector<AccessQuestion> questions_about(const model::Agent& agent, const GateParts& parts,
                                                          bool guarded);

// By SubjectAccessReviews: the first right found that leads an agent around the gate, in a sentence. Nothing:
// there is none. The pointers are to what lives as long as the caller, which waits for this.
[[nodiscard]] Awaitable<std::optional<std::string>> why_unprotected(Api& api, const std::vector<model::Agent>* agents,
                                                                    const GateParts* parts, bool guarded);

}  // namespace sallyport::kube
