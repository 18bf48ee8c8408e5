#include "cli/facts.hpp"

#include <algorithm>

#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using model::State;

const model::Requirement* find_requirement(const model::ApprovalRequest& request, const model::Progress& progress) {
  for (const auto& policy : request.spec.policies) {
    if (policy::policy_id(policy.ref) != progress.policy) continue;
    const auto found = std::ranges::find(policy.approval.requirements, progress.name, &model::Requirement::name);
    if (found != policy.approval.requirements.end()) return &*found;
  }
  return nullptr;
}

std::string lower(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z')
    text.front() = static_cast<char>(text.front() | 0x20);
  return text;
}

std::string by_whom(const std::vector<std::string>& people) {
  return people.empty() ? "" : " by " + safe(joined(people));
}

}  // namespace

Colour colour_of(State state) {
  switch (state) {
    case State::pending:
      return Colour::yellow;
    case State::approved:
    case State::used:
      return Colour::green;
    case State::denied:
    case State::revoked:
      return Colour::red;
    case State::expired:
    case State::withdrawn:
      break;
  }
  return Colour::dim;
}

std::string state_word(const model::ApprovalRequest& request, const Page& page) {
  return page.ink(colour_of(request.status.state), model::to_string(request.status.state));
}

policy::Evaluation evaluation_of(const model::ApprovalRequest& request) {
  auto reviews = request.spec.reviews;
  std::erase_if(reviews, [](const model::Review& review) { return review.seal.empty(); });
  return policy::evaluate(request.spec.policies, reviews);
}

std::string approver_words(const model::Requirement& requirement) {
  std::vector<std::string> words;
  words.reserve(requirement.approvers.size());
  for (const auto& approver : requirement.approvers) {
    words.push_back((approver.kind == model::Approver::Kind::group ? "group " : "user ") + safe(approver.name));
  }
  return joined(words);
}

std::vector<std::string> missing_words(const model::ApprovalRequest& request) {
  std::vector<std::string> words;
  for (const auto& progress : evaluation_of(request).progress) {
    if (progress.approved >= progress.required) continue;
    const auto* const requirement = find_requirement(request, progress);
    words.push_back(count_words(progress.required - progress.approved, "approval") + " for " + safe(progress.policy) +
                    "/" + safe(progress.name) +
                    (requirement == nullptr ? "" : ", from " + approver_words(*requirement)));
  }
  return words;
}

Instant end_of(const model::ApprovalRequest& request) {
  if (request.status.state == State::pending) return request.spec.expires_at;
  if (request.status.state == State::approved && request.status.decision) return request.status.decision->valid_until;
  return {};
}

std::string outcome_words(const model::ApprovalRequest& request, const Page& page) {
  const auto& status = request.status;
  if (status.revocation) {
    return "revoked by " + safe(status.revocation->by) + " " + time_words(status.revocation->time, page.now);
  }
  if (!status.decision) return "not decided";
  std::string words = lower(model::to_string(status.decision->verdict)) + by_whom(status.decision->reviewers) + " " +
                      time_words(status.decision->decided_at, page.now);
  const bool approved = status.decision->verdict == State::approved;
  if (approved && status.state == State::expired) {
    words += ", and not used until " + exact_time(status.decision->valid_until);
  }
  if (!status.uses.empty()) words += ", last used " + time_words(status.uses.back().time, page.now);
  return words;
}

}  // namespace sallyport::cli
