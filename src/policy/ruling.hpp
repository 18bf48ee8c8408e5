#pragma once

#include <optional>

#include "model/admission.hpp"
#include "model/identity.hpp"
#include "policy/call.hpp"
#include "policy/guard.hpp"
#include "policy/match.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::policy {

// What policies and guard make of one admission, read whole: all that decides, nothing that words it. Whoever answers
// an agent and whoever only imagines its call come to the same.
struct Ruling {
  enum class Outcome {
    invalid,      // refused: a policy that concerns it can not work (match.invalid)
    guarded,      // refused by the built-in guard (finding)
    terminating,  // refused: the namespace goes away
    gated,        // the Enforce policies ask for approval
    unchanged,    // they would, but the write changes nothing
    free,         // nobody asks
  };
  Outcome outcome = Outcome::invalid;
  Match match;
  std::optional<GuardFinding> finding;
  GuardAnswer guard = GuardAnswer::pass;  // what is done about the finding
};

[[nodiscard]] Ruling rule_on(const model::AdmissionRequest& request, const model::Agent& agent,
                             const NamespaceFacts* ns, const PolicyIndex& policies, const Guard& guard,
                             model::Enforcement guard_mode);

}  // namespace sallyport::policy
