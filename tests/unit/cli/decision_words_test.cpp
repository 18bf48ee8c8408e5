#include "cli/decision_words.hpp"

#include <gtest/gtest.h>

#include "cli/facts.hpp"
#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using model::State;
using model::Verdict;

const Page kPipe{.now = kNow};
const std::string kWhat = "approvalrequest promote-7f3c9a1b2c";

std::string why(const model::ApprovalRequest& request, Verdict verdict, bool accept_truncated = false) {
  return why_not(request, verdict, accept_truncated, kNow);
}

model::ApprovalRequest denied_request() {
  auto request = pending_request();
  request.status.state = State::denied;
  request.status.decision =
      model::Decision{.verdict = State::denied, .decided_at = kNow - std::chrono::seconds(150), .reviewers = {"bob"}};
  return request;
}

TEST(WhyNot, NothingSpeaksAgainstWhatCanBeDecided) {
  for (const auto verdict : {Verdict::approve, Verdict::deny, Verdict::withdraw}) {
    EXPECT_EQ(why(pending_request(), verdict), "");
    EXPECT_EQ(decidable_state(verdict), State::pending);
  }
  EXPECT_EQ(why(approved_request(), Verdict::revoke), "");
}

TEST(WhyNot, SaysByWhomAndWhenItWasDecided) {
  EXPECT_EQ(why(denied_request(), Verdict::approve), kWhat + ": Denied already, by bob 2 min ago; a decision is final");
  EXPECT_EQ(why(approved_request(), Verdict::approve),
            kWhat + ": Approved already, by alice, bob 2 min ago; revoke takes an approval back");
  EXPECT_EQ(why(pending_request(), Verdict::revoke), kWhat + " is Pending, and only an approved one can be revoked");
}

TEST(WhyNot, WhatIsNotShownIsNotApproved) {
  auto request = pending_request();
  request.spec.action.truncated = true;
  EXPECT_EQ(
      why(request, Verdict::approve),
      kWhat + ": the change is too large to be shown whole; to approve what is not shown, add --accept-truncated");
  EXPECT_EQ(why(request, Verdict::approve, true), "");
  EXPECT_EQ(why(request, Verdict::deny), "");
}

TEST(AlreadyWords, OfEveryEnd) {
  auto request = approved_request();
  request.status.state = State::used;
  request.status.uses = {{.time = kNow - std::chrono::minutes(1)}};
  EXPECT_EQ(already_words(request, kNow), "Used already, 1 min ago");
  EXPECT_EQ(brief_outcome(request, kNow), "used 1 min ago");
  request.status.state = State::revoked;
  request.status.revocation = model::Revocation{.by = "carol", .time = kNow - std::chrono::hours(3)};
  EXPECT_EQ(already_words(request, kNow), "Revoked already, by carol 3 h ago");
  EXPECT_EQ(news_words(request), "Revoked by carol");

  auto unused = approved_request();
  unused.status.state = State::expired;
  unused.status.decision->valid_until = kNow - std::chrono::minutes(5);
  EXPECT_EQ(already_words(unused, kNow), "Expired already, 5 min ago");
  EXPECT_EQ(brief_outcome(denied_request(), kNow), "denied 2 min ago by bob");
  EXPECT_EQ(news_words(approved_request()), "Approved by alice, bob");

  auto forged = pending_request();
  forged.status.state = State::expired;
  EXPECT_EQ(already_words(forged, kNow), "Expired already");
}

TEST(ResultWords, SayWhatCameOfIt) {
  EXPECT_EQ(result_words(approved_request(), State::pending, kPipe),
            kWhat + " is Approved: the agent may do it until 2026-11-21T12:13:00Z (in 13 min)");
  EXPECT_EQ(result_words(denied_request(), State::pending, kPipe), kWhat + " is Denied");
}

// Bob is in both teams, and counts for one of them.
TEST(ResultWords, SayWhoElseCanCompleteIt) {
  auto request = pending_request();
  request.spec.policies = {policy_named("promote", 1, "payments")};
  auto& requirements = request.spec.policies.front().approval.requirements;
  requirements.push_back(
      {"security", 1, {{model::Approver::Kind::user, "bob"}, {model::Approver::Kind::group, "security"}}});
  EXPECT_EQ(result_words(request, State::pending, kPipe),
            kWhat +
                ": recorded; still missing: 1 approval for promote/owner, from group payments; 1 approval for "
                "promote/security, from user bob, group security");
  request.spec.reviews = {review_by("bob", Verdict::approve)};
  request.spec.reviews.front().satisfies = {"promote/owner", "promote/security"};
  EXPECT_EQ(result_words(request, State::pending, kPipe),
            kWhat +
                ": recorded; still missing: 1 approval for promote/security, from someone else: group security, "
                "group payments");
  requirements.back().approvers = {{model::Approver::Kind::user, "bob"}};
  request.spec.reviews.front().satisfies = {"promote/security"};
  requirements.front().approvers = {{model::Approver::Kind::user, request.spec.requester.user.username}};
  EXPECT_EQ(result_words(request, State::pending, kPipe),
            kWhat +
                ": recorded; still missing: 1 approval for promote/owner, which nobody named in its "
                "policies can still give");
}

}  // namespace
}  // namespace sallyport::cli
