#pragma once

#include <optional>
#include <string>
#include <vector>

#include "effects/write.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "policy/call.hpp"
#include "policy/guard.hpp"
#include "policy/match.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::policy {

// By what an admission is ruled on: all that counts at one moment. Borrows everything.
struct RulingTerms {
  const PolicyIndex& policies;
  const Guard& guard;
  model::Enforcement guard_mode = model::Enforcement::enforce;  // of the guard's second part: the chart's `guard`
  GuardReads reads = {};
};

// What policies and guard make of one admission, read whole: all that decides, nothing that words it. Whoever answers
// an agent and whoever only imagines its call come to the same.
struct Ruling {
  enum class Outcome {
    invalid,      // refused: a policy that concerns it cannot work (match.invalid)
    guarded,      // refused by the built-in guard (finding)
    unread,       // the guard must know more of the cluster (question): ask again with that
    terminating,  // refused: the namespace goes away
    gated,        // the Enforce policies ask for approval
    unchanged,    // policies match, in whatever mode, but the write changes nothing: none of them has a word in it
    free,         // no Enforce policy matches; those in Warn and Audit are told of it
  };
  Outcome outcome = Outcome::invalid;
  Match match;
  std::optional<GuardFinding> finding;                          // what the guard has against it, and no policy covers
  model::Enforcement guard_mode = model::Enforcement::enforce;  // what is done about it, if it is of the second part
  std::optional<GuardQuestion> question;
  std::vector<std::string> covered;  // rules of the guard whose place the policies have taken, each once
  bool shows_secret = false;         // a dry run whose answer shows a Secret, or is a real token
};

// What stores nothing but answers a question (access reviews, whoami): nobody is ever asked about it, whatever policies
// and guard say, and whether they are known or not.
[[nodiscard]] bool is_question(const model::Envelope& envelope);

// What the write does is read at most once: whoever goes on with the answer goes on with `write`.
[[nodiscard]] Ruling rule_on(const effects::ReadOnce& write, const model::Agent& agent, const NamespaceFacts* ns,
                             const RulingTerms& terms);

}  // namespace sallyport::policy
