#include "policy/ruling.hpp"

namespace sallyport::policy {
namespace {

Ruling::Outcome outcome_of(const Ruling& ruling, const model::AdmissionRequest& request, const NamespaceFacts* ns) {
  using Outcome = Ruling::Outcome;
  const auto& match = ruling.match;
  if (!match.invalid.empty()) return Outcome::invalid;
  if (ruling.guard == GuardAnswer::refuse) return Outcome::guarded;
  const bool terminating = ns != nullptr && ns->terminating;
  if (terminating && !(match.none() && only_loses_finalizers(request))) return Outcome::terminating;
  if (match.enforce.empty()) return Outcome::free;
  return changes_nothing(request) ? Outcome::unchanged : Outcome::gated;
}

}  // namespace

Ruling rule_on(const model::AdmissionRequest& request, const model::Agent& agent, const NamespaceFacts* ns,
               const PolicyIndex& policies, const Guard& guard, model::Enforcement guard_mode) {
  Ruling ruling;
  const auto fields = selector_fields_of(request);
  ruling.match = match(policies.candidates(request, agent, ns, &fields), request, agent, ns);
  if (ruling.match.invalid.empty()) ruling.finding = guard.judge(request, policies);
  if (ruling.finding) ruling.guard = answer_to(*ruling.finding, !ruling.match.enforce.empty(), guard_mode);
  ruling.outcome = outcome_of(ruling, request, ns);
  return ruling;
}

}  // namespace sallyport::policy
