#pragma once

#include "model/admission.hpp"
#include "model/policy.hpp"
#include "policy/rules.hpp"

// The ready-made sets of actions that a policy names in `preset`, over every API version of their kinds.
namespace sallyport::policy {

[[nodiscard]] const Rules& preset_rules(model::Preset preset);

[[nodiscard]] bool preset_covers(model::Preset preset, const model::Envelope& envelope);

// What the rules can not say: given that they cover the action, is its content what the preset is about? An update
// whose old object is missing is.
[[nodiscard]] bool preset_matches(model::Preset preset, const model::AdmissionRequest& request);

}  // namespace sallyport::policy
