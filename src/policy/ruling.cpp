#include "policy/ruling.hpp"

#include <algorithm>
#include <utility>

#include "effects/table.hpp"

namespace sallyport::policy {
namespace {

using Part = GuardFinding::Part;

// Sallyport's own is refused in every mode.
bool is_refused_by_guard(const Ruling& ruling) {
  return ruling.finding && (ruling.finding->part == Part::never || ruling.guard_mode == model::Enforcement::enforce);
}

Ruling::Outcome outcome_of(const Ruling& ruling, const model::AdmissionRequest& request, const NamespaceFacts* ns) {
  using Outcome = Ruling::Outcome;
  const auto& match = ruling.match;
  if (!match.invalid.empty()) return Outcome::invalid;
  if (is_refused_by_guard(ruling)) return Outcome::guarded;
  if (ruling.question) return Outcome::unread;
  const bool terminating = ns != nullptr && ns->terminating;
  if (terminating && !(match.none() && only_loses_finalizers(request))) return Outcome::terminating;
  if (match.none()) return Outcome::free;
  if (changes_nothing(request)) return Outcome::unchanged;
  return match.enforce.empty() ? Outcome::free : Outcome::gated;
}

// Beside its answer a dry run has no effect.
bool shows_secret(const effects::ReadOnce& write) {
  constexpr model::Effects kShown{model::Effect::shows_secret, model::Effect::issues_token};
  return write.effects().has_any_of(kShown);
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
      const bool is_new = std::ranges::find(ruling.covered, found.rule) == ruling.covered.end();
      if (is_new) ruling.covered.push_back(std::move(found.rule));
    } else if (!ruling.finding || (ruling.finding->part != Part::never && found.part == Part::never)) {
      ruling.finding = std::move(found);
    }
  }
  if (verdict.question && !ruling.match.cover.holds_any_of(verdict.question->covered_by)) {
    ruling.question = std::move(verdict.question);
  }
}

}  // namespace

bool is_question(const model::Envelope& envelope) {
  return effects::Table::shipped().is_virtual(envelope.resource);
}

Ruling rule_on(const effects::ReadOnce& write, const model::Agent& agent, const NamespaceFacts* ns,
               const RulingTerms& terms) {
  const auto& request = write.request();
  Ruling ruling;
  if (is_question(request)) {
    ruling.outcome = Ruling::Outcome::free;
    return ruling;
  }
  const auto fields = selector_fields_of(request);
  ruling.match = match(terms.policies.candidates(write, agent, ns, &fields), write, agent, ns);
  if (ruling.match.invalid.empty()) take_findings(ruling, terms.guard.judge(write, terms.policies, terms.reads));
  ruling.guard_mode = terms.guard_mode;
  if (request.dry_run) ruling.shows_secret = shows_secret(write);
  // A dry run that shows nothing has no effect: it is only told.
  const bool is_harmless = request.dry_run && !ruling.shows_secret;
  if (is_harmless && ruling.guard_mode == model::Enforcement::enforce) ruling.guard_mode = model::Enforcement::warn;
  ruling.outcome = outcome_of(ruling, request, ns);
  return ruling;
}

}  // namespace sallyport::policy
