#include "policy/combine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using namespace std::chrono_literals;
using model::Policy;
using testing::ElementsAre;
using testing::IsEmpty;

Terms combined(const std::vector<Policy>& policies) {
  Match match;
  for (const auto& policy : policies) match.enforce.push_back(&policy);
  return combine(match);
}

Policy ignoring(std::vector<std::string_view> paths) {
  auto policy = test::policy("p", {});
  policy.spec.ignored_fields.emplace();
  for (const auto text : paths) policy.spec.ignored_fields->push_back(test::path(text));
  return policy;
}

TEST(Combine, NobodyGrantsNothing) {
  const auto terms = combine({});
  EXPECT_THAT(terms.policies, IsEmpty());
  EXPECT_EQ(terms.uses, 0u);
  EXPECT_EQ(terms.valid_for, 0s);
  EXPECT_EQ(terms.pending_timeout, 0s);
  EXPECT_EQ(terms.while_pending, model::WhilePending::reject);
  EXPECT_FALSE(terms.ignored.last_applied);
}

TEST(Combine, TheLeastOfEach) {
  auto a = test::policy("a", {});
  auto b = test::policy("b", {}, "prod");
  a.spec.approval = {a.spec.approval.requirements, 10min, 30min, 5};
  b.spec.approval = {b.spec.approval.requirements, 20min, 20min, 2};
  a.spec.hold_for = 9s;
  b.spec.hold_for = 8s;
  a.spec.wait_for = 40s;
  b.spec.wait_for = 50s;
  a.spec.message = "see https://example.com/a";
  b.spec.message = "ask b";
  const auto terms = combined({a, b});
  EXPECT_EQ(terms.pending_timeout, 10min);
  EXPECT_EQ(terms.valid_for, 20min);
  EXPECT_EQ(terms.uses, 2u);
  EXPECT_EQ(terms.hold_for, 8s);
  EXPECT_EQ(terms.wait_for, 40s);
  EXPECT_EQ(terms.while_pending, model::WhilePending::hold);
  EXPECT_EQ(terms.message, "see https://example.com/a; ask b");
  ASSERT_EQ(terms.policies.size(), 2u);
  EXPECT_EQ(terms.policies[1].ref, b.ref);
  EXPECT_EQ(terms.policies[1].approval.uses, 2u);
  EXPECT_EQ(terms.policies[0].message, a.spec.message);
}

TEST(Combine, RejectBeforeHoldWhoeverComesFirst) {
  auto hold = test::policy("a", {});
  auto reject = test::policy("b", {});
  reject.spec.while_pending = model::WhilePending::reject;
  EXPECT_EQ(combined({hold, reject}).while_pending, model::WhilePending::reject);
  EXPECT_EQ(combined({reject, hold}).while_pending, model::WhilePending::reject);
  EXPECT_EQ(combined({hold, hold}).while_pending, model::WhilePending::hold);
}

TEST(Combine, ADryRunIsAllowedWhereAllAllowIt) {
  const auto allows = test::policy("a", {});
  auto refuses = test::policy("b", {});
  refuses.spec.dry_run = model::DryRun::refuse;
  EXPECT_EQ(combined({allows, refuses}).dry_run, model::DryRun::refuse);
  EXPECT_EQ(combined({refuses, allows}).dry_run, model::DryRun::refuse);
  EXPECT_EQ(combined({allows, allows}).dry_run, model::DryRun::allow);
  EXPECT_EQ(Terms().dry_run, model::DryRun::refuse);
}

TEST(Combine, TheSameMessageIsSaidOnce) {
  auto a = test::policy("a", {});
  a.spec.message = "ask us";
  auto quiet = test::policy("b", {});
  EXPECT_EQ(combined({a, quiet, a}).message, "ask us");
}

TEST(Combine, BuiltInIgnoredFieldsWhereNoneAreGiven) {
  const auto terms = combined({test::policy("a", {}), test::policy("b", {})});
  EXPECT_TRUE(terms.ignored.restarted_at);
  EXPECT_TRUE(terms.ignored.last_applied);
  EXPECT_THAT(terms.ignored.paths, IsEmpty());
  EXPECT_THAT(terms.policies[0].ignored_fields, ElementsAre(kRestartedAt, kLastApplied));
}

TEST(Combine, IgnoredOnlyWhatAllIgnore) {
  const auto both = combined({ignoring({"spec.replicas", "metadata.labels.a"}), ignoring({"metadata.labels.a"})});
  EXPECT_THAT(both.ignored.paths, ElementsAre(test::path("metadata.labels.a")));
  EXPECT_FALSE(both.ignored.restarted_at);

  EXPECT_THAT(combined({ignoring({"spec.replicas"}), ignoring({})}).ignored.paths, IsEmpty());
  const auto mixed = combined({ignoring({"spec.replicas"}), test::policy("b", {})});
  EXPECT_THAT(mixed.ignored.paths, IsEmpty());
  EXPECT_FALSE(mixed.ignored.restarted_at);
  EXPECT_FALSE(mixed.ignored.last_applied);
  EXPECT_THAT(combined({ignoring({})}).policies[0].ignored_fields, IsEmpty());
}

TEST(Combine, AnOwnPathIsNotTheBuiltIn) {
  const auto terms = combined({ignoring({"metadata.annotations['kubectl.kubernetes.io/restartedAt']"})});
  EXPECT_FALSE(terms.ignored.restarted_at);
  EXPECT_EQ(terms.ignored.paths.size(), 1u);
}

}  // namespace
}  // namespace sallyport::policy
