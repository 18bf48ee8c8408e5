#include "policy/evaluate.hpp"

#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::policy {
namespace {

using model::PolicyCopy;
using model::Review;
using model::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

PolicyCopy asks(std::string name, std::vector<model::Requirement> requirements, std::string ns = "prod") {
  PolicyCopy copy;
  copy.ref = {ns.empty() ? "ClusterApprovalPolicy" : "ApprovalPolicy", std::move(ns), std::move(name), "uid", 1};
  copy.approval.requirements = std::move(requirements);
  return copy;
}

Review review(std::string who, Verdict verdict, std::vector<std::string> satisfies = {}) {
  Review review;
  review.reviewer = std::move(who);
  review.verdict = verdict;
  review.satisfies = std::move(satisfies);
  return review;
}
Review approves(std::string who, std::vector<std::string> satisfies = {"p/owner"}) {
  return review(std::move(who), Verdict::approve, std::move(satisfies));
}

const std::vector<PolicyCopy> kOne = {asks("p", {{"owner", 1, {}}})};
const std::vector<PolicyCopy> kTwoOwners = {asks("p", {{"owner", 2, {}}})};
const std::vector<PolicyCopy> kOwnerAndSecurity = {asks("p", {{"owner", 1, {}}, {"security", 1, {}}})};

TEST(Evaluate, OneApprovalIsEnoughWhereOneIsAsked) {
  const auto done = evaluate(kOne, {approves("alice")});
  EXPECT_EQ(done.outcome, Outcome::approved);
  EXPECT_THAT(done.reviewers, ElementsAre("alice"));
  ASSERT_EQ(done.progress.size(), 1u);
  EXPECT_EQ(done.progress[0].policy, "p");
  EXPECT_EQ(done.progress[0].approved, 1u);
  EXPECT_EQ(evaluate(kOne, {}).outcome, Outcome::undecided);
}

TEST(Evaluate, WhoIsNotNamedDoesNotCount) {
  for (const auto& satisfies :
       std::vector<std::vector<std::string>>{{}, {"p/other"}, {"q/owner"}, {"cluster/p/owner"}}) {
    const auto open = evaluate(kOne, {approves("alice", satisfies)});
    EXPECT_EQ(open.outcome, Outcome::undecided);
    EXPECT_THAT(open.reviewers, IsEmpty());
  }
}

TEST(Evaluate, OnePersonTwiceIsOnePerson) {
  EXPECT_EQ(evaluate(kTwoOwners, {approves("alice"), approves("alice")}).outcome, Outcome::undecided);
  EXPECT_EQ(evaluate(kTwoOwners, {approves("alice"), approves("bob")}).outcome, Outcome::approved);
}

TEST(Evaluate, OnePersonInTwoGroupsCountsOnce) {
  const std::vector<std::string> both = {"p/owner", "p/security"};
  EXPECT_EQ(evaluate(kOwnerAndSecurity, {approves("alice", both)}).outcome, Outcome::undecided);
  EXPECT_EQ(evaluate(kOwnerAndSecurity, {approves("alice", both), approves("bob", {"p/owner"})}).outcome,
            Outcome::approved);
}

TEST(Evaluate, PeopleAreMovedSoThatAllCount) {
  // Alice could stand for both and is counted as owner at first; bob can only be owner.
  const auto done = evaluate(kOwnerAndSecurity, {approves("alice", {"p/owner", "p/security"}), approves("bob")});
  EXPECT_EQ(done.outcome, Outcome::approved);
  EXPECT_THAT(done.reviewers, ElementsAre("alice", "bob"));
}

TEST(Evaluate, DenyWinsOverEverything) {
  const auto denied =
      evaluate(kOne, {approves("alice"), review("agent", Verdict::withdraw), review("bob", Verdict::deny)});
  EXPECT_EQ(denied.outcome, Outcome::denied);
  EXPECT_THAT(denied.reviewers, ElementsAre("bob"));
  EXPECT_EQ(evaluate({}, {review("bob", Verdict::deny)}).outcome, Outcome::denied);
}

TEST(Evaluate, WithdrawEndsItAndRevokeIsNoReviewOfARequest) {
  const auto withdrawn = evaluate(kOne, {review("agent", Verdict::withdraw), approves("alice")});
  EXPECT_EQ(withdrawn.outcome, Outcome::withdrawn);
  EXPECT_THAT(withdrawn.reviewers, ElementsAre("agent"));
  EXPECT_EQ(evaluate(kOne, {review("bob", Verdict::revoke, {"p/owner"})}).outcome, Outcome::undecided);
  EXPECT_EQ(evaluate(kOne, {review("bob", Verdict::none, {"p/owner"})}).outcome, Outcome::undecided);
}

TEST(Evaluate, PoliciesOfOneNameAreKeptApart) {
  const std::vector<PolicyCopy> both = {asks("p", {{"owner", 1, {}}}), asks("p", {{"owner", 1, {}}}, "")};
  EXPECT_EQ(evaluate(both, {approves("alice"), approves("bob")}).outcome, Outcome::undecided);
  EXPECT_EQ(evaluate(both, {approves("alice"), approves("bob", {"cluster/p/owner"})}).outcome, Outcome::approved);
}

TEST(Evaluate, WhatIsAskedWronglyIsNeverMet) {
  const auto alice = approves("alice", {"p/owner", "p/x", "q/y"});
  const std::vector<std::vector<PolicyCopy>> wrong = {
      {},
      {asks("p", {})},
      {asks("p", {{"owner", 1, {}}}), asks("q", {})},
      {asks("p", {{"owner", 0, {}}})},
      {asks("p", {{"owner", 1, {}}, {"owner", 1, {}}})},
  };
  for (const auto& policies : wrong) {
    EXPECT_EQ(evaluate(policies, {}).outcome, Outcome::undecided);
    EXPECT_EQ(evaluate(policies, {alice, approves("bob")}).outcome, Outcome::undecided);
  }
  EXPECT_EQ(evaluate(kOne, {approves("", {"p/owner"})}).outcome, Outcome::undecided);
}

TEST(Satisfies, ByNameAndByGroup) {
  using Kind = model::Approver::Kind;
  const std::vector<PolicyCopy> policies = {asks("p", {{"owner", 1, {{Kind::group, "oncall"}}},
                                                       {"security", 1, {{Kind::user, "alice"}, {Kind::group, "sec"}}}}),
                                            asks("p", {{"owner", 1, {{Kind::user, "oncall"}}}}, "")};
  model::User alice;
  alice.username = "alice";
  alice.groups = {"oncall"};
  EXPECT_THAT(satisfies(policies, alice), ElementsAre("p/owner", "p/security"));
  model::User oncall;
  oncall.username = "oncall";
  oncall.groups = {"alice"};
  EXPECT_THAT(satisfies(policies, oncall), ElementsAre("cluster/p/owner"));
  EXPECT_THAT(satisfies(policies, model::User{}), IsEmpty());
}

// Whatever can be met by some assignment is met, and nothing else: against trying all of them.
TEST(Evaluate, AgreesWithTryingEveryAssignment) {
  std::mt19937 random(20240521);
  const auto below = [&](std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(0, n - 1)(random); };
  int approved = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<model::Requirement> requirements(1 + below(3));
    for (std::size_t i = 0; i < requirements.size(); ++i) requirements[i] = {"r" + std::to_string(i), 1 + below(2), {}};
    std::vector<std::vector<bool>> may(1 + below(5), std::vector<bool>(requirements.size()));
    std::vector<Review> reviews;
    for (std::size_t person = 0; person < may.size(); ++person) {
      std::vector<std::string> satisfies;
      for (std::size_t i = 0; i < requirements.size(); ++i) {
        may[person][i] = below(2) == 0;
        if (may[person][i]) satisfies.push_back("p/r" + std::to_string(i));
      }
      reviews.push_back(approves("person" + std::to_string(person), satisfies));
      if (below(4) == 0) reviews.push_back(reviews.back());
    }
    std::size_t most = 0;
    std::vector<std::uint32_t> seated(requirements.size());
    std::function<void(std::size_t, std::size_t)> try_from = [&](std::size_t person, std::size_t count) {
      most = std::max(most, count);
      if (person == may.size()) return;
      try_from(person + 1, count);
      for (std::size_t i = 0; i < requirements.size(); ++i) {
        if (!may[person][i] || seated[i] == requirements[i].count) continue;
        ++seated[i];
        try_from(person + 1, count + 1);
        --seated[i];
      }
    };
    try_from(0, 0);
    std::size_t asked = 0;
    for (const auto& requirement : requirements) asked += requirement.count;

    const auto evaluation = evaluate({asks("p", requirements)}, reviews);
    std::size_t counted = 0;
    for (const auto& progress : evaluation.progress) {
      EXPECT_LE(progress.approved, progress.required);
      counted += progress.approved;
    }
    ASSERT_EQ(counted, most) << "round " << round;
    ASSERT_EQ(evaluation.reviewers.size(), most);
    ASSERT_EQ(evaluation.outcome, most == asked ? Outcome::approved : Outcome::undecided) << "round " << round;
    approved += most == asked ? 1 : 0;
  }
  EXPECT_GT(approved, 300);
}

}  // namespace
}  // namespace sallyport::policy
