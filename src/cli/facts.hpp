#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/ink.hpp"
#include "json/value.hpp"
#include "model/request.hpp"
#include "policy/evaluate.hpp"

// What the views say of a request, in words. Nothing that comes out of here can steer a terminal.
namespace sallyport::cli {

[[nodiscard]] Colour colour_of(model::State state);
// As a word of its own: "Pending".
[[nodiscard]] std::string state_word(const model::ApprovalRequest& request, const Page& page);

// How the reviews stand. Those without a seal never count; whether a seal is right, only Sallyport can tell.
[[nodiscard]] policy::Evaluation evaluation_of(const model::ApprovalRequest& request);

// "group reviewers, user alice"
[[nodiscard]] std::string approver_words(const std::vector<model::Approver>& approvers);
[[nodiscard]] std::string approver_words(const model::Requirement& requirement);
// "1 approval for gate/owner, from group reviewers", each that is not met, and who can still give it.
[[nodiscard]] std::vector<std::string> missing_words(const model::ApprovalRequest& request);

// Until when something can still happen to it: the end of the time to decide, or of the approval; zero: never again.
[[nodiscard]] Instant end_of(const model::ApprovalRequest& request);

// What became of it, as a sentence without a full stop: "approved by alice 2 min ago (...)".
[[nodiscard]] std::string outcome_words(const model::ApprovalRequest& request, const Page& page);

// The same where there is little room: "denied 2 min ago by bob".
[[nodiscard]] std::string brief_outcome(const model::ApprovalRequest& request, Instant now);
// Of one that nothing can be decided about any more: "Denied already, by bob 2 min ago".
[[nodiscard]] std::string already_words(const model::ApprovalRequest& request, Instant now);
// What a condition of it says; "" where it has none of the type.
[[nodiscard]] std::string condition_words(const model::ApprovalRequest& request, std::string_view type);
// How it stands, without times: "Approved by alice", "Pending, 1 of 2 approvals".
[[nodiscard]] std::string news_words(const model::ApprovalRequest& request);

// Whether the API server's answer shows the agent all that a Secret holds. Such a call asks even if it changes nothing.
[[nodiscard]] bool answers_with_secret(const model::Kubernetes& action);

}  // namespace sallyport::cli
