#include "audit/replay/match_again.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/due.hpp"
#include "engine/outcomes.hpp"
#include "policy/combine.hpp"
#include "policy/evaluate.hpp"
#include "wire/approval.hpp"

namespace sallyport::audit {
namespace {

using model::State;

// The API server waits no longer for an answer, so a request is opened at most so long after its call was judged.
constexpr auto kLongestCall = std::chrono::seconds(30);

Finding finding_of(const Place& at, const Call& call, std::string request, std::string what) {
  return {.sameness = Sameness::unknown,
          .at = at,
          .request = std::move(request),
          .agent = call.agent,
          .namespace_name = call.envelope.namespace_name,
          .what = std::move(what),
          .recorded = "",
          .again = ""};
}

// Who is asked, for people: "gate/owner (2 of group payments-oncall, alice)".
std::string asked(const std::vector<model::PolicyCopy>& policies) {
  std::vector<std::string> requirements;
  for (const auto& policy : policies) {
    for (const auto& requirement : policy.approval.requirements) {
      std::string approvers;
      for (const auto& approver : requirement.approvers) {
        approvers += approvers.empty() ? "" : ", ";
        approvers += (approver.kind == model::Approver::Kind::group ? "group " : "") + approver.name;
      }
      requirements.push_back(policy::requirement_id(policy.ref, requirement.name) + " (" +
                             std::to_string(requirement.count) + " of " + approvers + ")");
    }
  }
  std::ranges::sort(requirements);
  std::string text;
  for (const auto& requirement : requirements) text += (text.empty() ? "" : ", ") + requirement;
  return text.empty() ? "nobody" : text;
}

std::string named(const model::PolicyRef& ref) {
  return ref.kind + " " + policy::policy_id(ref);
}

bool same_copy(const model::PolicyCopy& a, const model::PolicyCopy& b) {
  return a.ref == b.ref && wire::write_approval(a.approval) == wire::write_approval(b.approval);
}

Duration pending_timeout(const std::vector<model::PolicyCopy>& policies) {
  auto least = Duration::max();
  for (const auto& policy : policies) least = std::min(least, policy.approval.pending_timeout);
  return least;
}

// The policies that one opening is matched by.
struct Known {
  std::vector<model::Policy> policies;
  std::string missing;  // a policy that asked, and whose text is not in these logs
};

const model::Policy* find_generation(const Histories& histories, const model::PolicyRef& ref) {
  for (const auto& [name, stream] : histories.streams()) {
    for (const auto& logged : stream.policies) {
      if (logged.policy && logged.policy->ref == ref) return &*logged.policy;
    }
  }
  return nullptr;
}

// Those that the record names, and those besides that this replica had known before the call can have come.
Known known_at(const Histories& histories, const History& history) {
  Known known;
  for (const auto& copy : history.request.spec.policies) {
    if (const auto* policy = find_generation(histories, copy.ref)) {
      known.policies.push_back(*policy);
    } else if (known.missing.empty()) {
      known.missing = named(copy.ref) + " in generation " + std::to_string(copy.ref.generation);
    }
  }
  const auto found = histories.streams().find(history.opened.stream);
  if (found == histories.streams().end()) return known;
  std::uint64_t started = 0;
  for (const auto& start : found->second.starts) {
    if (start.seq < history.opened.seq) started = start.seq;
  }
  std::map<std::string, const LoggedPolicy*> last;
  for (const auto& logged : found->second.policies) {
    if (logged.at.seq > started && logged.at.seq < history.opened.seq) last[logged.id] = &logged;
  }
  for (const auto& [id, logged] : last) {
    const bool settled = logged->change == "listed" || logged->at.time + kLongestCall < history.opened.time;
    if (!settled || !logged->policy) continue;
    const auto is_it = [&](const auto& policy) { return policy.ref.uid == logged->policy->ref.uid; };
    if (std::ranges::none_of(known.policies, is_it)) known.policies.push_back(*logged->policy);
  }
  return known;
}

void match_opening(const Histories& histories, const History& history, Finding& finding) {
  finding.recorded = asked(history.request.spec.policies);
  const auto can_not_tell = [&](std::string why) { finding.again = std::move(why); };
  if (!history.why_unreadable.empty()) return can_not_tell("the record cannot be read: " + history.why_unreadable);
  if (!history.call.facts) return can_not_tell("the record does not tell by which facts policies were matched");
  auto known = known_at(histories, history);
  if (!known.missing.empty()) return can_not_tell(known.missing + " is not in these logs");
  const policy::PolicyIndex index(std::move(known.policies));
  const auto match = policy::match_again(index, history.call.envelope, history.call.agent, *history.call.facts);
  if (!match) return can_not_tell("the record holds not all facts by which policies were matched");
  const auto terms = policy::combine(*match);
  finding.sameness = Sameness::same;
  const auto& before = history.request.spec.policies;
  if (match->invalid.empty() && std::ranges::is_permutation(before, terms.policies, same_copy)) return;
  finding.sameness = Sameness::differs;
  finding.again = match->invalid.empty() ? asked(terms.policies)
                                         : "refused: " + named(match->invalid.front()->ref) + " cannot work";
}

// What the reviews that were given would have come to. `until`: when the request was decided, or its last record.
State verdict_of(const History& history, const policy::Terms& terms, Instant until) {
  auto request = history.request;
  request.spec.policies = terms.policies;
  request.spec.expires_at += terms.pending_timeout - pending_timeout(history.request.spec.policies);
  engine::Sealed sealed{.spec = true, .uses = true};
  for (const auto& logged : history.reviews) {
    auto review = logged.review;
    if (review.time > until) continue;
    const model::User reviewer{.username = review.reviewer, .uid = review.uid, .groups = logged.groups};
    review.satisfies = policy::satisfies(terms.policies, reviewer);
    if (review.satisfies.empty() && review.verdict != model::Verdict::withdraw) continue;
    sealed.reviews.push_back(review);
  }
  const auto due = engine::due_step(request, sealed, until);
  return due.step == engine::Due::Step::decide ? due.deciding.verdict : State::pending;
}

// The decision that came to pass.
const LoggedStep* decision_of(const History& history) {
  const auto found = std::ranges::find_if(history.steps, [](const auto& step) {
    return step.fate == LoggedStep::Fate::landed && step.line["kind"].text() == "decision";
  });
  return found == history.steps.end() ? nullptr : &*found;
}

std::string would_be(const policy::Match& match) {
  if (!match.invalid.empty()) return "refused: " + named(match.invalid.front()->ref) + " cannot work";
  if (!match.enforce.empty()) return "asks " + asked(policy::combine(match).policies);
  if (!match.warn.empty()) return "let through with a warning";
  return match.audit.empty() ? "nobody is asked" : "let through, and noted";
}

enum class Mode { none, warn, audit };

// What one policy makes of a call that it does not stop.
std::string in_words(Mode mode, const std::string& policy) {
  if (mode == Mode::none) return "not matched by " + policy;
  return (mode == Mode::warn ? "warned by " : "audited by ") + policy;
}

void put_under(const policy::PolicyIndex& index, const History& history, Finding& finding) {
  const auto& spec = history.request.spec;
  finding.recorded = "asks " + asked(spec.policies);
  if (!history.why_unreadable.empty() || !history.call.facts) {
    finding.again = "the record does not tell by which facts policies were matched";
    return;
  }
  const auto match = policy::match_again(index, history.call.envelope, history.call.agent, *history.call.facts);
  if (!match) {
    finding.again = "the record holds not all facts by which policies are matched";
    return;
  }
  const auto today = would_be(*match);
  finding.sameness = today == finding.recorded ? Sameness::same : Sameness::differs;
  finding.again = today;
  const auto* decision = decision_of(history);
  if (match->enforce.empty() || !match->invalid.empty() || decision == nullptr) return;
  const auto verdict = decision->line["verdict"].text();
  const auto reason = decision->line["reason"].text();
  if (verdict == "Withdrawn" && reason != "Withdrawn") return;  // it was not decided by people
  const auto cut = [](const auto& review) { return review.groups_cut || !review.tells_grounds; };
  const auto verdict_today = std::string(to_string(verdict_of(history, policy::combine(*match), decision->as_of)));
  finding.recorded += "; " + std::string(verdict);
  finding.again += "; " + verdict_today;
  if (verdict == verdict_today) return;
  finding.sameness = std::ranges::any_of(history.reviews, cut) ? Sameness::unknown : Sameness::differs;
  if (finding.sameness == Sameness::unknown) finding.again = "not all groups of the reviewers are in the log";
}

void put_under(const policy::PolicyIndex& index, const LoggedWarning& warning, bool was_gated, Finding& finding) {
  const auto mode = warning.event == "warned" ? Mode::warn : Mode::audit;
  finding.recorded = in_words(mode, warning.policy);
  std::optional<policy::Match> match;
  if (warning.call.facts) {
    match = policy::match_again(index, warning.call.envelope, warning.call.agent, *warning.call.facts);
  }
  if (!match) {
    finding.again = "the record does not tell all facts by which policies are matched";
    return;
  }
  if (!match->invalid.empty() || !match->enforce.empty()) {
    finding.sameness = was_gated ? Sameness::unknown : Sameness::differs;
    finding.again = was_gated ? "other policies may have gated this call at that time, too" : would_be(*match);
    return;
  }
  const auto has = [&](const auto& policies) {
    return std::ranges::any_of(policies,
                               [&](const auto* each) { return policy::policy_id(each->ref) == warning.policy; });
  };
  const auto now = has(match->warn) ? Mode::warn : has(match->audit) ? Mode::audit : Mode::none;
  finding.sameness = now == mode ? Sameness::same : Sameness::differs;
  finding.again = in_words(now, warning.policy);
}

std::string key_of(const Call& call) {
  const auto& envelope = call.envelope;
  return call.agent + "\n" + std::string(to_string(envelope.operation)) + "\n" + to_string(envelope.resource) + "\n" +
         envelope.namespace_name + "\n" + envelope.name;
}

}  // namespace

std::vector<Finding> match_again(const Histories& histories) {
  std::vector<Finding> findings;
  for (const auto& [uid, history] : histories.requests()) {
    auto finding = finding_of(history.opened, history.call, to_string(history.request.key), "gate");
    match_opening(histories, history, finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<Finding> under(std::vector<model::Policy> policies, const Histories& histories) {
  const policy::PolicyIndex index(std::move(policies));
  std::set<std::string> gated;
  std::vector<Finding> findings;
  for (const auto& [uid, history] : histories.requests()) {
    auto finding = finding_of(history.opened, history.call, to_string(history.request.key), "request");
    put_under(index, history, finding);
    findings.push_back(std::move(finding));
    gated.insert(key_of(history.call));
  }
  for (const auto& warning : histories.warnings()) {
    auto finding = finding_of(warning.at, warning.call, "", warning.event);
    put_under(index, warning, gated.contains(key_of(warning.call)), finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace sallyport::audit
