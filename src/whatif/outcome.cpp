#include "whatif/outcome.hpp"

#include <algorithm>

#include "model/answer.hpp"
#include "policy/combine.hpp"
#include "policy/evaluate.hpp"

namespace sallyport::whatif {
namespace {

using Ruled = policy::Ruling::Outcome;

std::string code_of(Ruled outcome) {
  using model::Code;
  if (outcome == Ruled::invalid) return std::string(to_string(Code::policy_broken));
  if (outcome == Ruled::guarded) return std::string(to_string(Code::guarded));
  return std::string(outcome == Ruled::terminating ? to_string(Code::namespace_terminating) : "");
}

std::vector<std::string> ids_of(const std::vector<const model::Policy*>& policies) {
  std::vector<std::string> ids;
  ids.reserve(policies.size());
  for (const auto* policy : policies) ids.push_back(policy::policy_id(policy->ref));
  std::ranges::sort(ids);
  return ids;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Outcome outcome_of(const policy::Ruling& ruling) {
  Outcome outcome;
  outcome.refused = code_of(ruling.outcome);
  if (!outcome.refused.empty() || ruling.outcome == Ruled::unchanged) return outcome;
  outcome.warned = ids_of(ruling.match.warn);
  outcome.audited = ids_of(ruling.match.audit);
  if (ruling.outcome != Ruled::gated) return outcome;
  for (const auto& copy : policy::combine(ruling.match).policies) {
    for (const auto& requirement : copy.approval.requirements) {
      outcome.gated.push_back(policy::requirement_id(copy.ref, requirement.name));
    }
  }
  std::ranges::sort(outcome.gated);
  return outcome;
}

std::string to_string(const Outcome& outcome) {
  std::string text = outcome.gated.empty() ? "not gated" : "gated by " + joined(outcome.gated);
  if (!outcome.refused.empty()) text = "refused (" + outcome.refused + ")";
  if (!outcome.warned.empty()) text += ", warned by " + joined(outcome.warned);
  if (!outcome.audited.empty()) text += ", audited by " + joined(outcome.audited);
  return text;
}

std::string why_refused(const policy::Ruling& ruling) {
  if (ruling.outcome == Ruled::invalid) {
    const auto& policy = *ruling.match.invalid.front();
    return policy.ref.kind + " " + policy.ref.name + " cannot work: " + policy.why_broken();
  }
  if (ruling.outcome == Ruled::guarded) return ruling.finding->message;
  return ruling.outcome == Ruled::terminating ? "the namespace is being deleted" : "";
}

}  // namespace sallyport::whatif
