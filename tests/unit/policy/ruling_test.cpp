#include "policy/ruling.hpp"

#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using Outcome = Ruling::Outcome;
using model::Enforcement;
using model::Operation;

const model::Agent kAgent{"deployer", {}, {}, {"agents/deployer"}, {}, true};
const Guard kGuard(GuardSettings{"sallyport-system", "sallyport", {kAgent}});
const NamespaceFacts kProd{"prod", "u", {}, false};
const NamespaceFacts kGoing{"prod", "u", {}, true};
constexpr const char* kMap = R"({"metadata":{"name":"x"},"data":{"a":"b"}})";
constexpr const char* kTokenSecret =
    R"({"metadata":{"name":"x","annotations":{"kubernetes.io/service-account.name":"admin"}},"type":"kubernetes.io/service-account-token"})";

model::Policy everything(Enforcement enforcement, std::string invalid = "") {
  model::Policy policy;
  policy.ref = {"ApprovalPolicy", "prod", "p", "uid", 1};
  policy.invalid = std::move(invalid);
  policy.spec.enforcement = enforcement;
  policy.spec.actions = {{.preset = model::Preset::everything}};
  return policy;
}

Outcome outcome(const model::AdmissionRequest& request, std::vector<model::Policy> policies,
                const NamespaceFacts& ns = kProd, Enforcement guard = Enforcement::enforce) {
  const PolicyIndex index(std::move(policies));
  return rule_on(request, kAgent, &ns, index, kGuard, guard).outcome;
}

TEST(Ruling, TheZeroRefuses) {
  EXPECT_EQ(Ruling().outcome, Outcome::invalid);
}

TEST(Ruling, EnforceGatesAndTheOthersDoNot) {
  const auto create = test::request(Operation::create, "configmaps", "", kMap);
  EXPECT_EQ(outcome(create, {}), Outcome::free);
  EXPECT_EQ(outcome(create, {everything(Enforcement::enforce)}), Outcome::gated);
  EXPECT_EQ(outcome(create, {everything(Enforcement::warn)}), Outcome::free);
  EXPECT_EQ(outcome(test::request(Operation::update, "configmaps", kMap, kMap), {everything(Enforcement::enforce)}),
            Outcome::unchanged);
}

TEST(Ruling, BrokenGoesBeforeGuardAndGuardBeforeTerminating) {
  const auto secret = test::request(Operation::create, "secrets", "", kTokenSecret);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce, "why")}, kGoing), Outcome::invalid);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::audit)}, kGoing), Outcome::guarded);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce)}, kGoing), Outcome::terminating);  // covered
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce)}), Outcome::gated);
  EXPECT_EQ(outcome(secret, {}, kProd, Enforcement::warn), Outcome::free);
}

TEST(Ruling, AFinalizerLeavesANamespaceThatGoesAway) {
  const auto loses = test::request(Operation::update, "configmaps", R"({"metadata":{"name":"x","finalizers":["a/b"]}})",
                                   R"({"metadata":{"name":"x"}})");
  EXPECT_EQ(outcome(loses, {}, kGoing), Outcome::free);
  EXPECT_EQ(outcome(loses, {everything(Enforcement::enforce)}, kGoing), Outcome::terminating);
}

}  // namespace
}  // namespace sallyport::policy
