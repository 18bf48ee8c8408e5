#include "cli/why_view.hpp"

#include <algorithm>

#include "cli/facts.hpp"
#include "cli/sheet.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using model::ApprovalRequest;
using model::State;

std::string log_words(const model::LogPosition& log) {
  return "log record: stream " + safe(log.stream) + ", seq " + std::to_string(log.seq) +
         (log.head.empty() ? "" : ", head " + safe(log.head));
}

std::string in_quotes(std::string_view words) {
  return words.empty() ? "" : ", \"" + safe(words) + "\"";
}

void add_policies(Sheet& sheet, const ApprovalRequest& request) {
  const auto evaluation = evaluation_of(request);
  std::string_view label = "Policies";
  for (const auto& policy : request.spec.policies) {
    sheet.add(label, safe(policy.ref.kind) + " " + safe(policy.ref.name) + ", generation " +
                         std::to_string(policy.ref.generation) + ", as it was when the agent asked");
    label = "";
    for (const auto& requirement : policy.approval.requirements) {
      const std::string id = policy::policy_id(policy.ref);
      const auto progress = std::ranges::find_if(evaluation.progress, [&](const model::Progress& each) {
        return each.policy == id && each.name == requirement.name;
      });
      const std::uint32_t approved = progress == evaluation.progress.end() ? 0 : progress->approved;
      sheet.add_item(approved >= requirement.count ? "[x] " : "[ ] ",
                     safe(requirement.name) + ": " + std::to_string(approved) + " of " +
                         std::to_string(requirement.count) + ", from " + approver_words(requirement));
    }
  }
}

// What a review counted for, as a sentence.
std::string weight_words(const model::Review& review, const policy::Evaluation& evaluation) {
  using model::Verdict;
  if (review.seal.empty()) return "counted for nothing: Sallyport did not seal it";
  if (review.verdict == Verdict::deny) return "one denial is enough";
  if (review.verdict == Verdict::withdraw) return "the agent took its request back";
  if (review.verdict == Verdict::revoke) return "took the approval back";
  const std::string may = safe(joined(review.satisfies));
  if (std::ranges::find(evaluation.reviewers, review.reviewer) != evaluation.reviewers.end()) {
    return "counted for " + may;
  }
  if (evaluation.outcome == policy::Outcome::denied) return "could count for " + may + ", but a denial wins";
  return "could count for " + may + ", and was not needed";
}

void add_reviews(Sheet& sheet, const ApprovalRequest& request) {
  sheet.add_gap();
  if (request.spec.reviews.empty()) return sheet.add("Reviews", "none");
  const auto evaluation = evaluation_of(request);
  std::string_view label = "Reviews";
  for (const auto& review : request.spec.reviews) {
    sheet.add(label, safe(review.reviewer) + ": " + std::string(model::to_string(review.verdict)) + " by " +
                         safe(review.via) + " " + time_words(review.time, sheet.page().now) +
                         in_quotes(review.comment));
    sheet.add_item("  ", weight_words(review, evaluation));
    label = "";
  }
}

void add_decision(Sheet& sheet, const ApprovalRequest& request) {
  const Instant now = sheet.page().now;
  sheet.add_gap();
  if (!request.status.decision) {
    std::string_view label = "Missing";
    for (const auto& words : missing_words(request)) {
      sheet.add(label, words);
      label = "";
    }
    return sheet.add("Ends", time_words(request.spec.expires_at, now) + ", if nobody decides");
  }
  const auto& decision = *request.status.decision;
  const std::string by = decision.reviewers.empty() ? "" : " by " + safe(joined(decision.reviewers));
  sheet.add("Decision", std::string(model::to_string(decision.verdict)) + by + " " +
                            time_words(decision.decided_at, now) +
                            (decision.reason.empty() ? "" : ": " + safe(decision.reason)));
  if (decision.reason == model::kAskedAnew) sheet.add("", condition_words(request, "Decided"));
  if (decision.verdict == State::approved) {
    sheet.add("", "valid until " + exact_time(decision.valid_until) + ", for " +
                      count_words(model::uses_allowed(request.spec.policies), "use"));
  }
  sheet.add("", log_words(decision.log));
}

void add_uses(Sheet& sheet, const ApprovalRequest& request) {
  if (!request.status.decision || request.status.decision->verdict != State::approved) return;
  sheet.add_gap();
  if (request.status.uses.empty()) sheet.add("Uses", "none");
  std::string_view label = "Uses";
  for (const auto& use : request.status.uses) {
    sheet.add(label, time_words(use.time, sheet.page().now) + ", admission " + safe(use.admission_uid));
    sheet.add("", log_words(use.log));
    label = "";
  }
  if (!request.status.uses.empty()) sheet.add("", std::string(model::kUnseenOutcome));
  if (!request.status.revocation) return;
  const auto& revocation = *request.status.revocation;
  sheet.add("Revoked", "by " + safe(revocation.by) + " " + time_words(revocation.time, sheet.page().now) +
                           (revocation.reason.empty() ? "" : ": " + safe(revocation.reason)));
  sheet.add("", log_words(revocation.log));
}

}  // namespace

std::string why_view(const ApprovalRequest& request, const Page& page) {
  Sheet sheet(page);
  sheet.add_as_it_is("Request", page.ink(Colour::bold, safe(request.key.name)) + " in namespace " +
                                    safe(request.key.namespace_name) + ": " + state_word(request, page));
  sheet.add("Who", "agent " + safe(request.spec.requester.agent) + ", " + safe(request.spec.requester.user.username));
  sheet.add("", "asked " + time_words(request.created, page.now));
  sheet.add("What", safe(request.spec.action.summary));
  if (!request.spec.plan.empty()) sheet.add("Plan", safe(request.spec.plan));
  if (const auto anew = condition_words(request, model::kAsksAnew); !anew.empty()) sheet.add("Anew", anew);
  sheet.add_gap();
  add_policies(sheet, request);
  add_reviews(sheet, request);
  add_decision(sheet, request);
  add_uses(sheet, request);
  return sheet.text();
}

}  // namespace sallyport::cli
