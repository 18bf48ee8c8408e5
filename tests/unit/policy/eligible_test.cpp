#include "policy/eligible.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/evaluate.hpp"

namespace sallyport::policy {
namespace {

using model::Approver;
using model::PolicyCopy;
using model::Review;
using Names = std::vector<std::string>;

Approver group(std::string name) {
  return {Approver::Kind::group, std::move(name)};
}
Approver user(std::string name) {
  return {Approver::Kind::user, std::move(name)};
}

PolicyCopy asks(std::vector<model::Requirement> requirements) {
  PolicyCopy copy;
  copy.ref = {"ApprovalPolicy", "prod", "p", "uid", 1};
  copy.approval.requirements = std::move(requirements);
  return copy;
}

Review approved(const std::vector<PolicyCopy>& policies, std::string name, Names groups) {
  const model::User person{.username = std::move(name), .groups = std::move(groups)};
  Review review{.reviewer = person.username, .verdict = model::Verdict::approve};
  review.satisfies = satisfies(policies, person);
  return review;
}

Names eligible(const std::string& requirement, const std::vector<PolicyCopy>& policies,
               const std::vector<Review>& counted) {
  Names names;
  for (const auto& approver : eligible_for(requirement, policies, counted)) {
    names.push_back((approver.kind == Approver::Kind::group ? "group " : "user ") + approver.name);
  }
  return names;
}

const std::vector<PolicyCopy> kTwoTeams = {
    asks({{"owner", 1, {group("payments")}}, {"security", 1, {group("security"), user("bob")}}})};

TEST(Eligible, BeforeAnybodyHasApprovedItIsWhomTheRequirementNames) {
  EXPECT_EQ(eligible("p/owner", kTwoTeams, {}), (Names{"group payments"}));
  EXPECT_EQ(eligible("p/security", kTwoTeams, {}), (Names{"group security", "user bob"}));
}

TEST(Eligible, WhoIsInBothTeamsAndHasApprovedLeavesEitherToSomebodyElse) {
  // Bob is counted as the owner; where another owner approves, he counts for security.
  const std::vector<Review> counted = {approved(kTwoTeams, "bob", {"payments"})};
  ASSERT_EQ(evaluate(kTwoTeams, counted).progress[0].approved, 1u);
  EXPECT_EQ(eligible("p/security", kTwoTeams, counted), (Names{"group security", "group payments"}));
}

TEST(Eligible, WhoIsInOneTeamLeavesTheOtherToThatTeamAlone) {
  EXPECT_EQ(eligible("p/security", kTwoTeams, {approved(kTwoTeams, "alice", {"payments"})}),
            (Names{"group security", "user bob"}));
  EXPECT_EQ(eligible("p/owner", kTwoTeams, {approved(kTwoTeams, "carol", {"security"})}), (Names{"group payments"}));
}

TEST(Eligible, NobodyIsWhereOnlyTheOneWhoHasApprovedIsNamed) {
  const std::vector<PolicyCopy> policies = {asks({{"first", 1, {user("bob")}}, {"second", 1, {user("bob")}}})};
  EXPECT_EQ(eligible("p/second", policies, {approved(policies, "bob", {})}), Names{});
}

TEST(Eligible, ADenialIsNoApproval) {
  auto denial = approved(kTwoTeams, "bob", {"payments"});
  denial.verdict = model::Verdict::deny;
  EXPECT_EQ(eligible("p/security", kTwoTeams, {denial}), (Names{"group security", "user bob"}));
}

TEST(Eligible, ALongNameIsNotTakenForANewPersons) {
  const std::vector<Review> counted = {approved(kTwoTeams, "x", {"payments"}), approved(kTwoTeams, "xx", {"payments"})};
  EXPECT_EQ(eligible("p/security", kTwoTeams, counted), (Names{"group security", "user bob"}));
}

// Where one approval is missing: whoever it names completes the request, and nobody else does.
TEST(Eligible, IsWhatEvaluateSaysOnceTheyHaveApproved) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same cases each time
  const auto below = [&random](unsigned end) { return static_cast<unsigned>(random() % end); };
  const Names groups = {"a", "b", "c"};
  int looked_at = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<model::Requirement> requirements;
    for (unsigned i = 0; i <= below(3); ++i) {
      model::Requirement requirement{"r" + std::to_string(i), 1 + below(2), {}};
      for (const auto& name : groups)
        if (below(2) == 0) requirement.approvers.push_back(group(name));
      if (requirement.approvers.empty()) requirement.approvers = {group("a")};
      requirements.push_back(std::move(requirement));
    }
    const std::vector<PolicyCopy> policies = {asks(std::move(requirements))};
    std::vector<Review> counted;
    for (unsigned i = 0; i < below(5); ++i) {
      counted.push_back(approved(policies, "person" + std::to_string(i), {groups[below(3)], groups[below(3)]}));
    }
    std::string open;
    std::uint32_t missing = 0;
    for (const auto& progress : evaluate(policies, counted).progress) {
      missing += progress.required - progress.approved;
      if (progress.approved < progress.required) open = progress.policy + "/" + progress.name;
    }
    if (missing != 1) continue;
    ++looked_at;
    const auto named = eligible(open, policies, counted);
    for (const auto& name : groups) {
      auto with_one_more = counted;
      with_one_more.push_back(approved(policies, "somebody else", {name}));
      const bool completes = evaluate(policies, with_one_more).outcome == Outcome::approved;
      EXPECT_EQ(completes, std::ranges::find(named, "group " + name) != named.end()) << round;
    }
  }
  EXPECT_GT(looked_at, 300);
}

}  // namespace
}  // namespace sallyport::policy
