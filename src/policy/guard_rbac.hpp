#pragma once

#include "json/value.hpp"
#include "model/admission.hpp"
#include "policy/guard_case.hpp"

// What roles and bindings give away (rbac.authorization.k8s.io/v1).
namespace sallyport::policy {

// Rights on Sallyport: writing verbs (approve among them) on its kinds, its account, its roles.
[[nodiscard]] Why gives_sallyport(const GuardSettings& settings, const model::AdmissionRequest& request,
                                  const json::Value& object);
// Rights to become somebody else, or new rights for somebody who is no agent.
[[nodiscard]] Says gives_rights(const GuardCase& it);
[[nodiscard]] Says gathers_rights(const GuardCase& it);

}  // namespace sallyport::policy
