#pragma once

#include "model/admission.hpp"
#include "model/effect.hpp"
#include "model/policy.hpp"
#include "policy/rules.hpp"

// The ready-made sets of actions that a policy names in `preset`, over every API version of their kinds.
namespace sallyport::policy {

// A preset takes every write that has one of the effects, and whatever a rule covers.
struct PresetMeaning {
  model::Effects effects;
  Rules rules;
};
[[nodiscard]] const PresetMeaning& meaning_of(model::Preset preset);

// Of a write with these effects.
[[nodiscard]] bool takes(model::Preset preset, const model::Envelope& envelope, model::Effects effects);

}  // namespace sallyport::policy
