#pragma once

#include <optional>
#include <string>

#include "json/value.hpp"
#include "model/admission.hpp"
#include "policy/guard.hpp"

// What roles and bindings give away. Each answer is the end of a sentence ("it grants bind"), or nothing.
namespace sallyport::policy {

// Rights on Sallyport: writing verbs (approve among them) on its kinds, its account, its roles.
[[nodiscard]] std::optional<std::string> gives_sallyport(const GuardSettings& settings,
                                                         const model::AdmissionRequest& request,
                                                         const json::Value& object);
// Rights to become somebody else, or rights for service accounts that are no agents.
[[nodiscard]] std::optional<std::string> gives_identity(const GuardSettings& settings,
                                                        const model::AdmissionRequest& request,
                                                        const json::Value& object);

}  // namespace sallyport::policy
