#include "engine/outcomes.hpp"

#include <algorithm>

#include "engine/settings.hpp"

namespace sallyport::engine {
namespace {

using model::Condition;
using model::RequestStatus;
using model::State;

void set_condition(RequestStatus& status, std::string type, bool holds, std::string reason, std::string message,
                   Instant now) {
  Condition condition{std::move(type), holds ? "True" : "False", std::move(reason), std::move(message), now};
  const auto same = std::ranges::find(status.conditions, condition.type, &Condition::type);
  if (same == status.conditions.end()) {
    status.conditions.push_back(std::move(condition));
    return;
  }
  if (same->status == condition.status) condition.last_transition = same->last_transition;
  *same = std::move(condition);
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Duration valid_for(const std::vector<model::PolicyCopy>& policies) {
  Duration least = policies.empty() ? Duration::zero() : Duration(std::chrono::hours(24));
  for (const auto& policy : policies) least = std::min(least, policy.approval.valid_for);
  return least;
}

std::string to_words(const EarlierUse& use) {
  return "an approval of the same action was used before: request " + use.key.name + " let it through at " +
         format_instant(use.at) +
         ". Sallyport saw no effect of that: a quota or a name that is taken may have stopped it, or it was undone "
         "since";
}

std::string to_words(const EarlierTry& earlier) {
  return "the same command asked request " + earlier.key.name +
         " before, and asks something else now: what differs is " + earlier.differs + ". It is try " +
         std::to_string(earlier.in_row + 1) + " of at most " + std::to_string(kTriesInARow) +
         " in a row. An approval is for one try alone";
}

RequestStatus pending_status(const model::RequestSpec& spec, Instant now, const std::optional<EarlierUse>& earlier,
                             const std::optional<EarlierTry>& tried) {
  RequestStatus status;
  status.state = State::pending;
  for (const auto& policy : spec.policies) {
    for (const auto& requirement : policy.approval.requirements) {
      status.requirements.push_back({policy::policy_id(policy.ref), requirement.name, requirement.count, 0});
    }
  }
  set_condition(status, "Decided", false, "Pending", "waiting for reviewers", now);
  set_condition(status, "Approved", false, "Pending", "waiting for reviewers", now);
  set_condition(status, "Used", false, "Pending", "not approved yet", now);
  if (earlier) {
    set_condition(status, std::string(model::kAskedBefore), true, "UsedWithoutVisibleEffect", to_words(*earlier), now);
  }
  if (tried) set_condition(status, std::string(model::kAsksAnew), true, "DiffersAtEachTry", to_words(*tried), now);
  return status;
}

RequestStatus decided_status(const Sealer& sealer, const model::ApprovalRequest& request, const Deciding& deciding,
                             Instant now, const model::LogPosition& log) {
  auto status = request.status;
  const bool approved = deciding.verdict == State::approved;
  status.state = deciding.verdict;
  if (!deciding.progress.empty()) status.requirements = deciding.progress;

  model::Decision decision{deciding.verdict, deciding.reason, now, {}, deciding.reviewers, log, {}};
  if (approved) decision.valid_until = now + valid_for(request.spec.policies);
  decision.seal = sealer.seal_decision(request, decision);

  const auto by = deciding.reviewers.empty() ? deciding.message : "by " + join(deciding.reviewers);
  set_condition(status, "Decided", true, std::string(to_string(deciding.verdict)), by, now);
  set_condition(status, "Approved", approved, deciding.reason,
                approved ? "send the same call again until " + format_instant(decision.valid_until) : by, now);
  set_condition(status, "Used", false, approved ? "NotYet" : std::string(to_string(deciding.verdict)),
                approved ? "waiting for the agent's call" : "nothing was approved", now);
  status.decision = std::move(decision);
  return status;
}

RequestStatus used_status(const Sealer& sealer, const model::ApprovalRequest& request, const AdmissionCall& call,
                          Instant now, const model::LogPosition& log) {
  auto status = request.status;
  model::Use use{now, call.uid, call.generation, log, {}};
  const auto& before = status.uses.empty() ? status.decision->seal : status.uses.back().seal;
  use.seal = sealer.seal_use(request, use, before);
  status.uses.push_back(std::move(use));

  const auto allowed = uses_allowed(request.spec.policies);
  const auto count = "let through " + std::to_string(status.uses.size()) + " of " + std::to_string(allowed) +
                     " times. " + std::string(model::kUnseenOutcome);
  const bool spent = status.uses.size() >= allowed;
  if (spent) status.state = State::used;
  set_condition(status, "Used", spent, spent ? "UsedUp" : "UsesLeft", count, now);
  return status;
}

RequestStatus ended_status(const Sealer& sealer, const model::ApprovalRequest& request, State state,
                           const std::string& by, const std::string& reason, Instant now,
                           const model::LogPosition& log) {
  auto status = request.status;
  status.state = state;
  if (state == State::revoked) {
    model::Revocation revocation{by, reason, now, log, {}};
    revocation.seal = sealer.seal_revocation(request, revocation);
    status.revocation = std::move(revocation);
  }
  const bool revoked = state == State::revoked;
  set_condition(status, "Approved", false, revoked ? "Revoked" : "Expired",
                revoked ? "by " + by + " (" + reason + ")" : "the window after approval is over", now);
  return status;
}

}  // namespace sallyport::engine
