#include "engine/due.hpp"

#include <algorithm>

#include "policy/evaluate.hpp"

namespace sallyport::engine {
namespace {

using model::State;
using model::Verdict;

constexpr const char* kWithdrawn = "Withdrawn";  // the reason of what the agent withdraws itself

// The sealed reviews that may count: sealed in time, and by somebody who knew that not everything was shown.
std::vector<model::Review> counted(const model::ApprovalRequest& request, const Sealed& sealed) {
  std::vector<model::Review> reviews;
  for (const auto& review : sealed.reviews) {
    if (review.time >= request.spec.expires_at) continue;
    const bool blind = request.spec.action.truncated && !review.accept_truncated;
    if (review.verdict == Verdict::approve && blind) continue;
    reviews.push_back(review);
  }
  return reviews;
}

Due decide(State verdict, std::string reason, std::string message, const policy::Evaluation& evaluation) {
  Due due{Due::Step::decide, {}, {}, {}};
  due.deciding = {verdict, std::move(reason), std::move(message), evaluation.reviewers, evaluation.progress};
  return due;
}

policy::Evaluation evaluate(const model::ApprovalRequest& request, const Sealed& sealed) {
  return policy::evaluate(request.spec.policies, counted(request, sealed));
}

Due due_while_pending(const model::ApprovalRequest& request, const Sealed& sealed, Instant now) {
  const auto evaluation = evaluate(request, sealed);
  switch (evaluation.outcome) {
    case policy::Outcome::approved:
      return decide(State::approved, "RequirementsMet", "", evaluation);
    case policy::Outcome::denied:
      return decide(State::denied, "Denied", "", evaluation);
    case policy::Outcome::withdrawn:
      return decide(State::withdrawn, kWithdrawn, "by the agent", evaluation);
    case policy::Outcome::undecided:
      break;
  }
  if (now < request.spec.expires_at) return {};
  return decide(State::expired, "NoDecision", "nobody decided in time", evaluation);
}

// Two replicas' clocks may differ by as much.
constexpr Duration kClocksDiffer = std::chrono::seconds(10);

// What these reviews decide; nothing: no decision.
std::optional<State> verdict_of(policy::Outcome outcome) {
  switch (outcome) {
    case policy::Outcome::approved:
      return State::approved;
    case policy::Outcome::denied:
      return State::denied;
    case policy::Outcome::withdrawn:
      return State::withdrawn;
    case policy::Outcome::undecided:
      break;
  }
  return std::nullopt;
}

}  // namespace

State sealed_state(const model::ApprovalRequest& request, const Sealed& sealed, Instant now) {
  if (!sealed.decision) return State::pending;
  const auto& decision = *request.status.decision;
  if (decision.verdict != State::approved) return decision.verdict;
  if (sealed.revoked) return State::revoked;
  if (request.status.uses.size() >= uses_allowed(request.spec.policies)) return State::used;
  if (request.status.state == State::expired || now >= decision.valid_until) return State::expired;
  return State::approved;
}

Due due_step(const model::ApprovalRequest& request, const Sealed& sealed, Instant now) {
  if (!sealed.spec || request.deleting) return {};
  // What claims to be decided without our seal is never decided over: it stays refused until a person removes it.
  if (request.status.decision && !sealed.decision) return {};
  const auto state = sealed_state(request, sealed, now);
  if (state == State::pending) return due_while_pending(request, sealed, now);
  if (state == State::expired && request.status.state == State::approved) return {Due::Step::expire, {}, {}, {}};
  if (state != State::approved) return {};
  const auto revoke = std::ranges::find(sealed.reviews, Verdict::revoke, &model::Review::verdict);
  if (revoke == sealed.reviews.end()) return {};
  return {Due::Step::revoke, {}, revoke->reviewer, revoke->comment.empty() ? "revoked" : revoke->comment};
}

std::string why_not_derived(const model::ApprovalRequest& request, const Sealed& sealed, Instant now) {
  const auto& decision = *request.status.decision;
  // What Sallyport ends by itself takes away, whatever was reviewed.
  if (decision.verdict == State::withdrawn && decision.reason != kWithdrawn) return "";
  const auto evaluation = evaluate(request, sealed);
  const auto verdict = verdict_of(evaluation.outcome);
  if (decision.verdict == State::expired && !verdict) {
    return decision.decided_at < request.spec.expires_at ? "it had not expired" : "";
  }
  if (decision.verdict != verdict) {
    return "its reviews " + (verdict ? "say " + std::string(to_string(*verdict)) : std::string("decide nothing")) +
           ", not " + std::string(to_string(decision.verdict));
  }
  if (decision.reviewers != evaluation.reviewers) return "it names other people than those who reviewed";
  if (decision.verdict != State::approved) return "";
  if (decision.valid_until - decision.decided_at != valid_for(request.spec.policies)) {
    return "its window is not what its policies give";
  }
  return decision.decided_at > now + kClocksDiffer ? "it is of a time to come" : "";
}

}  // namespace sallyport::engine
