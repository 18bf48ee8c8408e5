#include "cli/facts.hpp"

#include <algorithm>

#include "cli/words.hpp"
#include "policy/eligible.hpp"

namespace sallyport::cli {
namespace {

using model::State;

std::vector<model::Review> counted_reviews(const model::ApprovalRequest& request) {
  auto reviews = request.spec.reviews;
  std::erase_if(reviews, [](const model::Review& review) { return review.seal.empty(); });
  return reviews;
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

// Who made it so, and when: of what a list and a sentence have room for.
struct LastEvent {
  std::vector<std::string> people;
  Instant time{};
};

LastEvent last_event(const model::ApprovalRequest& request) {
  const auto& status = request.status;
  if (status.revocation) return {{status.revocation->by}, status.revocation->time};
  if (status.state == State::used && !status.uses.empty()) return {{}, status.uses.back().time};
  if (!status.decision) return {};
  const bool unused = status.state == State::expired && status.decision->verdict == State::approved;
  if (unused) return {{}, status.decision->valid_until};
  const bool by_people = status.state == State::approved || status.state == State::denied;
  return {by_people ? status.decision->reviewers : std::vector<std::string>(), status.decision->decided_at};
}

std::string when_words(const LastEvent& event, Instant now) {
  return event.time == Instant{} ? "" : " " + relative_words(event.time, now);
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
  return policy::evaluate(request.spec.policies, counted_reviews(request));
}

std::string approver_words(const std::vector<model::Approver>& approvers) {
  std::vector<std::string> words;
  words.reserve(approvers.size());
  for (const auto& approver : approvers) {
    words.push_back((approver.kind == model::Approver::Kind::group ? "group " : "user ") + safe(approver.name));
  }
  return joined(words);
}

std::string approver_words(const model::Requirement& requirement) {
  return approver_words(requirement.approvers);
}

std::vector<std::string> missing_words(const model::ApprovalRequest& request) {
  const auto counted = counted_reviews(request);
  const auto& policies = request.spec.policies;
  const bool begun = std::ranges::any_of(
      counted, [](const model::Review& review) { return review.verdict == model::Verdict::approve; });
  std::vector<std::string> words;
  for (const auto& progress : policy::evaluate(policies, counted).progress) {
    if (progress.approved >= progress.required) continue;
    const std::string requirement = progress.policy + "/" + progress.name;
    auto approvers = policy::eligible_for(requirement, policies, counted);
    // Nobody approves what they asked for themselves.
    std::erase(approvers, model::Approver{model::Approver::Kind::user, request.spec.requester.user.username});
    words.push_back(count_words(progress.required - progress.approved, "approval") + " for " + safe(requirement) +
                    ", " +
                    (approvers.empty() ? "which nobody named in its policies can still give"
                                       : (begun ? "from someone else: " : "from ") + approver_words(approvers)));
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
  if (!status.uses.empty()) words += ", last let through " + time_words(status.uses.back().time, page.now);
  return words;
}

std::string brief_outcome(const model::ApprovalRequest& request, Instant now) {
  const auto event = last_event(request);
  return lower(model::to_string(request.status.state)) + when_words(event, now) + by_whom(event.people);
}

std::string already_words(const model::ApprovalRequest& request, Instant now) {
  const auto event = last_event(request);
  const std::string by_and_when = by_whom(event.people) + when_words(event, now);
  return std::string(model::to_string(request.status.state)) + " already" +
         (by_and_when.empty() ? "" : "," + by_and_when);
}

std::string condition_words(const model::ApprovalRequest& request, std::string_view type) {
  const auto found = std::ranges::find(request.status.conditions, type, &model::Condition::type);
  return found == request.status.conditions.end() ? "" : safe(found->message);
}

std::string news_words(const model::ApprovalRequest& request) {
  const auto& status = request.status;
  std::string words(model::to_string(status.state));
  if (status.state == State::pending) {
    std::uint32_t approved = 0;
    std::uint32_t required = 0;
    for (const auto& progress : evaluation_of(request).progress) {
      approved += progress.approved;
      required += progress.required;
    }
    if (approved > 0) words += ", " + std::to_string(approved) + " of " + count_words(required, "approval");
    return words;
  }
  words += by_whom(last_event(request).people);
  if (status.state == State::approved && !status.uses.empty()) {
    words += ", used " + count_words(status.uses.size(), "time");
  }
  return words;
}

bool answers_with_secret(const model::Kubernetes& action) {
  const auto& resource = action.target.resource;
  return action.operation == model::Operation::update && resource.group.empty() && resource.resource == "secrets";
}

}  // namespace sallyport::cli
