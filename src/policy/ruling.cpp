#include "policy/ruling.hpp"

#include <utility>

namespace sallyport::policy {
namespace {

using Part = GuardFinding::Part;

// Sallyport's own is refused in every mode.
bool refuses(const Ruling& ruling, model::Enforcement mode) {
  return ruling.finding && (ruling.finding->part == Part::never || mode == model::Enforcement::enforce);
}

Ruling::Outcome outcome_of(const Ruling& ruling, const model::AdmissionRequest& request, const NamespaceFacts* ns,
                           model::Enforcement mode) {
  using Outcome = Ruling::Outcome;
  const auto& match = ruling.match;
  if (!match.invalid.empty()) return Outcome::invalid;
  if (refuses(ruling, mode)) return Outcome::guarded;
  if (ruling.question) return Outcome::unread;
  const bool terminating = ns != nullptr && ns->terminating;
  if (terminating && !(match.none() && only_loses_finalizers(request))) return Outcome::terminating;
  if (match.enforce.empty()) return Outcome::free;
  return changes_nothing(request) ? Outcome::unchanged : Outcome::gated;
}

bool is_covered(const Match& match, const GuardFinding& finding) {
  if (finding.part == Part::never) return false;
  const auto& cover = finding.only_by_cluster ? match.cover_by_cluster : match.cover;
  return cover.holds_any_of(finding.covered_by);
}

// Whatever nobody may do comes first.
void take_findings(Ruling& ruling, GuardVerdict verdict) {
  for (auto& found : verdict.findings) {
    if (is_covered(ruling.match, found)) {
      ruling.covered.push_back(std::move(found.rule));
    } else if (!ruling.finding || (ruling.finding->part != Part::never && found.part == Part::never)) {
      ruling.finding = std::move(found);
    }
  }
  if (verdict.question && !ruling.match.cover.holds_any_of(verdict.question->covered_by)) {
    ruling.question = std::move(verdict.question);
  }
}

}  // namespace

Ruling rule_on(const model::AdmissionRequest& request, const model::Agent& agent, const NamespaceFacts* ns,
               const RulingTerms& terms) {
  Ruling ruling;
  const auto fields = selector_fields_of(request);
  ruling.match = match(terms.policies.candidates(request, agent, ns, &fields), request, agent, ns);
  if (ruling.match.invalid.empty()) take_findings(ruling, terms.guard.judge(request, terms.policies, terms.reads));
  ruling.outcome = outcome_of(ruling, request, ns, terms.guard_mode);
  return ruling;
}

}  // namespace sallyport::policy
