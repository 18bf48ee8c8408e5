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

model::Policy everything(Enforcement enforcement, const std::string& fault = "") {
  model::Policy policy;
  policy.ref = {"ApprovalPolicy", "prod", "p", "uid", 1};
  if (!fault.empty()) policy.faults = {fault};
  policy.spec.enforcement = enforcement;
  policy.spec.actions = {{.preset = model::Preset::everything}};
  return policy;
}

Outcome outcome(const model::AdmissionRequest& request, std::vector<model::Policy> policies,
                const NamespaceFacts& ns = kProd, Enforcement guard = Enforcement::enforce) {
  const PolicyIndex index(std::move(policies));
  return rule_on({effects::Table::shipped(), request}, kAgent, &ns, {index, kGuard, guard, {}}).outcome;
}

TEST(Ruling, TheZeroRefuses) {
  EXPECT_EQ(Ruling().outcome, Outcome::invalid);
}

TEST(Ruling, EnforceGatesAndTheOthersDoNot) {
  const auto create = test::request(Operation::create, "configmaps", "", kMap);
  EXPECT_EQ(outcome(create, {}), Outcome::free);
  EXPECT_EQ(outcome(create, {everything(Enforcement::enforce)}), Outcome::gated);
  EXPECT_EQ(outcome(create, {everything(Enforcement::warn)}), Outcome::free);
}

TEST(Ruling, AWriteThatChangesNothingIsNobodysWhateverTheMode) {
  const auto again = test::update("configmaps", kMap, kMap);
  EXPECT_EQ(outcome(again, {}), Outcome::free);
  for (const auto mode : {Enforcement::enforce, Enforcement::warn, Enforcement::audit}) {
    EXPECT_EQ(outcome(again, {everything(mode)}), Outcome::unchanged);
  }
  // A Secret's answer shows the data.
  const auto secret = test::update("secrets", kMap, kMap);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce)}), Outcome::gated);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::audit)}), Outcome::free);
}

TEST(Ruling, BrokenGoesBeforeGuardAndGuardBeforeTerminating) {
  const auto secret = test::request(Operation::create, "secrets", "", kTokenSecret);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce, "why")}, kGoing), Outcome::invalid);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::audit)}, kGoing), Outcome::guarded);
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce)}, kGoing), Outcome::terminating);  // covered
  EXPECT_EQ(outcome(secret, {everything(Enforcement::enforce)}), Outcome::gated);
  EXPECT_EQ(outcome(secret, {}, kProd, Enforcement::warn), Outcome::free);
}

model::Policy of(std::string ns, model::PolicyAction action) {
  model::Policy policy;
  policy.ref = {ns.empty() ? "ClusterApprovalPolicy" : "ApprovalPolicy", std::move(ns), "p", "uid", 1};
  policy.spec.actions = {std::move(action)};
  return policy;
}

model::PolicyAction rules(std::vector<json::PathPattern> fields = {}) {
  return {.rules = {{{"*"}, {"*"}, {"*"}, {"*/*"}}}, .changed_fields = std::move(fields)};
}

// A policy takes the guard's place by the effect that it is about, or by rules that take the write whatever it changes.
TEST(Ruling, WhatIsCoveredGoesByTheEffect) {
  using enum model::Effect;
  const auto runs_as_other =
      test::create("pods", R"({"spec":{"serviceAccountName":"builder","containers":[{"name":"c","image":"i"}]}})");
  const std::vector<std::pair<model::PolicyAction, Outcome>> rows = {
      {{.effects = {runs_code}}, Outcome::gated},
      {{.effects = {identity}}, Outcome::gated},
      {{.preset = model::Preset::pod_promotion}, Outcome::gated},
      {{.preset = model::Preset::everything}, Outcome::gated},
      {rules(), Outcome::gated},
      {{.effects = {traffic}}, Outcome::guarded},  // matches nothing
      {rules({test::path("spec.containers[*].image")}), Outcome::guarded},
  };
  for (const auto& [action, expected] : rows) EXPECT_EQ(outcome(runs_as_other, {of("prod", action)}), expected);

  // Of another effect it asks people, but not about this one.
  const auto exposes = test::create(
      "pods", R"({"spec":{"serviceAccountName":"builder","containers":[{"name":"c","ports":[{"containerPort":1}]}]}})");
  EXPECT_EQ(outcome(exposes, {of("prod", {.effects = {traffic}})}), Outcome::guarded);
  EXPECT_EQ(outcome(exposes, {of("prod", {.effects = {traffic}}), of("prod", {.effects = {runs_code}})}),
            Outcome::gated);
}

// A namespace may tighten what the cluster decides, never relax it.
TEST(Ruling, ANodeIsReachedOnlyWhereTheClustersPolicySaysSo) {
  using enum model::Effect;
  const auto privileged = test::create(
      "pods", R"({"spec":{"containers":[{"name":"c","image":"i","securityContext":{"privileged":true}}]}})");
  EXPECT_EQ(outcome(privileged, {}), Outcome::guarded);
  EXPECT_EQ(outcome(privileged, {everything(Enforcement::enforce)}), Outcome::guarded);
  EXPECT_EQ(outcome(privileged, {of("prod", rules())}), Outcome::guarded);
  EXPECT_EQ(outcome(privileged, {of("", {.effects = {runs_code}})}), Outcome::gated);
  EXPECT_EQ(outcome(privileged, {of("", {.effects = {deletes}})}), Outcome::guarded);
  EXPECT_EQ(outcome(privileged, {}, kProd, Enforcement::audit), Outcome::free);
}

// Two findings need both to be covered.
TEST(Ruling, OneFindingThatIsCoveredDoesNotCoverAnother) {
  using enum model::Effect;
  const auto both = test::create("pods", R"({"spec":{"serviceAccountName":"builder","hostPID":true,)"
                                         R"("containers":[{"name":"c","image":"i"}]}})");
  EXPECT_EQ(outcome(both, {of("prod", {.effects = {runs_code}})}), Outcome::guarded);
  const PolicyIndex index({of("", {.effects = {runs_code}})});
  const auto ruling =
      rule_on({effects::Table::shipped(), both}, kAgent, &kProd, {index, kGuard, Enforcement::enforce, {}});
  EXPECT_EQ(ruling.outcome, Outcome::gated);
  EXPECT_EQ(ruling.covered, (std::vector<std::string>{"account", "node-reach"}));
}

TEST(Ruling, WhoMustBeLookedAtIsLookedAtOnlyWhereNoPolicyAsks) {
  using enum model::Effect;
  const auto exec = test::connect("pods/exec");
  EXPECT_EQ(outcome(exec, {}), Outcome::unread);
  EXPECT_EQ(outcome(exec, {of("prod", {.preset = model::Preset::exec})}), Outcome::gated);
  EXPECT_EQ(outcome(exec, {everything(Enforcement::audit)}), Outcome::unread);
  const PolicyIndex none({});
  const GuardReads builder{.pod = GuardReads::Pod{.account = "builder"}, .holders = {}};
  EXPECT_EQ(
      rule_on({effects::Table::shipped(), exec}, kAgent, &kProd, {none, kGuard, Enforcement::enforce, builder}).outcome,
      Outcome::guarded);
  EXPECT_EQ(rule_on({effects::Table::shipped(), exec}, kAgent, &kProd,
                    {none, kGuard, Enforcement::enforce, GuardReads::harmless()})
                .outcome,
            Outcome::free);
}

TEST(Ruling, WhatNobodyHasLookedAtMayDoAnything) {
  using enum model::Effect;
  const auto newer = test::create("pods", R"({"spec":{"teleport":true,"containers":[{"name":"c","image":"i"}]}})");
  EXPECT_EQ(outcome(newer, {}), Outcome::guarded);
  EXPECT_EQ(outcome(newer, {of("prod", {.effects = {deletes}})}), Outcome::guarded);
  EXPECT_EQ(outcome(newer, {of("", {.effects = {deletes}})}), Outcome::gated);
  const auto kind = test::create("oracles.apps");
  EXPECT_EQ(outcome(kind, {}), Outcome::guarded);
  EXPECT_EQ(outcome(kind, {of("", {.effects = {runs_code}})}), Outcome::gated);
}

// They store nothing, and an agent that may not ask what it may do tries.
TEST(Ruling, NobodyIsAskedAboutAQuestion) {
  for (const auto* what :
       {"selfsubjectaccessreviews.authorization.k8s.io", "selfsubjectrulesreviews.authorization.k8s.io",
        "subjectaccessreviews.authorization.k8s.io", "localsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectreviews.authentication.k8s.io", "tokenreviews.authentication.k8s.io"}) {
    const auto question = test::create(what);
    EXPECT_EQ(outcome(question, {everything(Enforcement::enforce)}), Outcome::free) << what;
    EXPECT_EQ(outcome(question, {everything(Enforcement::enforce, "why")}, kGoing), Outcome::free) << what;
    auto named = everything(Enforcement::enforce);
    named.spec.actions = {test::on(test::rule({"*"}, question.resource.group, {question.resource.resource}))};
    EXPECT_EQ(outcome(question, {named}), Outcome::free) << what;
  }
  // A real token, and kinds of the same names elsewhere.
  for (const auto* what : {"serviceaccounts/token", "tokenreviews.example.com"}) {
    EXPECT_NE(outcome(test::create(what), {everything(Enforcement::enforce)}), Outcome::free) << what;
  }
}

TEST(Ruling, ADryRunIsJudgedByItsAnswer) {
  const auto dry = [](model::AdmissionRequest request) {
    request.dry_run = true;
    return request;
  };
  const auto rule = [](const model::AdmissionRequest& request, std::vector<model::Policy> policies) {
    const PolicyIndex index(std::move(policies));
    return rule_on({effects::Table::shipped(), request}, kAgent, &kProd, {index, kGuard, Enforcement::enforce, {}});
  };
  // The guard's second part refuses the real one.
  const auto pod = test::create("pods", R"({"spec":{"serviceAccountName":"admin"}})");
  EXPECT_EQ(rule(pod, {}).outcome, Outcome::guarded);
  EXPECT_EQ(rule(dry(pod), {}).outcome, Outcome::free);
  EXPECT_EQ(rule(dry(pod), {}).guard_mode, Enforcement::warn);
  // Its first part refuses both, and so it is where the answer alone is what the guard keeps from agents.
  EXPECT_EQ(rule(dry(test::create("approvalrequests.sallyport.dev")), {}).outcome, Outcome::guarded);
  EXPECT_EQ(rule(dry(test::create("secrets", kTokenSecret)), {}).outcome, Outcome::guarded);
  EXPECT_EQ(rule(dry(test::create("serviceaccounts/token", R"({"spec":{}})")), {}).outcome, Outcome::guarded);

  for (const auto& request : {test::create("secrets", kMap), test::update("secrets", kMap, kMap),
                              test::create("serviceaccounts/token", R"({"spec":{}})")}) {
    const auto ruling = rule(dry(request), {everything(Enforcement::enforce)});
    EXPECT_EQ(ruling.outcome, Outcome::gated);
    EXPECT_TRUE(ruling.shows_secret);
  }
  EXPECT_FALSE(rule(dry(test::create("configmaps", kMap)), {everything(Enforcement::enforce)}).shows_secret);
}

TEST(Ruling, AFinalizerLeavesANamespaceThatGoesAway) {
  const auto loses = test::request(Operation::update, "configmaps", R"({"metadata":{"name":"x","finalizers":["a/b"]}})",
                                   R"({"metadata":{"name":"x"}})");
  EXPECT_EQ(outcome(loses, {}, kGoing), Outcome::free);
  EXPECT_EQ(outcome(loses, {everything(Enforcement::enforce)}, kGoing), Outcome::terminating);
}

}  // namespace
}  // namespace sallyport::policy
