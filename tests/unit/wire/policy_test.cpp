#include "wire/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sallyport::wire {
namespace {

using namespace std::chrono_literals;
using model::LabelRequirement;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kFull = R"({
  "apiVersion": "sallyport.dev/v1alpha1", "kind": "ApprovalPolicy",
  "metadata": {"name": "promote", "namespace": "payments", "uid": "p1", "generation": 3, "resourceVersion": "9"},
  "spec": {
    "enforcement": "Enforce",
    "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "agents"}, {"kind": "Agent", "name": "ci"}],
    "actions": [
      {"preset": "PodPromotion"},
      {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["UPDATE"],
                          "resources": ["deployments", "deployments/scale"]}],
       "changedFields": ["spec.template.spec.containers[*].image"],
       "objectSelector": {"matchLabels": {"tier": "front"},
                          "matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["a", "b"]},
                                               {"key": "old", "operator": "DoesNotExist"}]}}],
    "except": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
    "ignoredFields": [],
    "approval": {"requirements": [{"name": "owner", "count": 2,
                                   "approvers": [{"kind": "Group", "name": "oncall"}, {"kind": "User", "name": "alice"}]}],
                 "pendingTimeout": "30m", "validFor": "5m", "uses": 3},
    "whilePending": "Reject", "waitFor": "2m", "holdFor": "10s", "dryRun": "Refuse", "message": "see the runbook"}})";

const std::string kSmall = R"({
  "apiVersion": "sallyport.dev/v1alpha1", "kind": "ClusterApprovalPolicy",
  "metadata": {"name": "all", "uid": "p2", "generation": 1},
  "spec": {"enforcement": "Audit", "actions": [{"preset": "Exec"}],
           "namespaceSelector": {"matchLabels": {"env": "prod"}}, "subjects": [{"kind": "User", "name": "bot"}],
           "approval": {"requirements": [{"name": "owner", "approvers": [{"kind": "User", "name": "alice"}]}]}}})";

model::Policy read(const std::string& text) {
  auto policy = read_policy(parse_json(text));
  EXPECT_TRUE(policy) << (policy ? "" : policy.error().message());
  return policy.value_or(model::Policy{});
}

TEST(Policy, ReadsEveryField) {
  const model::Policy policy = read(kFull);
  EXPECT_EQ(policy.why_broken(), "");
  EXPECT_EQ(policy.ref, (model::PolicyRef{"ApprovalPolicy", "payments", "promote", "p1", 3}));
  const model::PolicySpec& spec = policy.spec;
  EXPECT_EQ(spec.enforcement, model::Enforcement::enforce);
  ASSERT_EQ(spec.subjects.size(), 2u);
  EXPECT_EQ(spec.subjects[0].kind, model::Subject::Kind::service_account);
  EXPECT_EQ(spec.subjects[0].namespace_name, "agents");
  EXPECT_EQ(spec.subjects[1].kind, model::Subject::Kind::agent);
  ASSERT_EQ(spec.actions.size(), 2u);
  EXPECT_EQ(spec.actions[0].preset, model::Preset::pod_promotion);
  const model::PolicyAction& by_rules = spec.actions[1];
  EXPECT_EQ(by_rules.preset, std::nullopt);
  ASSERT_EQ(by_rules.rules.size(), 1u);
  EXPECT_THAT(by_rules.rules[0].resources, ElementsAre("deployments", "deployments/scale"));
  ASSERT_EQ(by_rules.changed_fields.size(), 1u);
  EXPECT_EQ(by_rules.changed_fields[0].text(), "spec.template.spec.containers[*].image");
  ASSERT_EQ(by_rules.object_selector.requirements.size(), 3u);
  EXPECT_EQ(by_rules.object_selector.requirements[0].key, "tier");
  EXPECT_THAT(by_rules.object_selector.requirements[0].values, ElementsAre("front"));
  EXPECT_EQ(by_rules.object_selector.requirements[1].op, LabelRequirement::Operator::not_in);
  EXPECT_EQ(by_rules.object_selector.requirements[2].op, LabelRequirement::Operator::does_not_exist);
  EXPECT_THAT(spec.except[0].operations, ElementsAre("*"));
  ASSERT_TRUE(spec.ignored_fields);  // given, and empty: nothing is ignored
  EXPECT_THAT(*spec.ignored_fields, IsEmpty());
  ASSERT_EQ(spec.approval.requirements.size(), 1u);
  EXPECT_EQ(spec.approval.requirements[0].count, 2u);
  EXPECT_EQ(spec.approval.requirements[0].approvers[0].kind, model::Approver::Kind::group);
  EXPECT_EQ(spec.approval.pending_timeout, 30min);
  EXPECT_EQ(spec.approval.valid_for, 5min);
  EXPECT_EQ(spec.approval.uses, 3u);
  EXPECT_EQ(spec.while_pending, model::WhilePending::reject);
  EXPECT_EQ(spec.wait_for, 2min);
  EXPECT_EQ(spec.hold_for, 10s);
  EXPECT_EQ(spec.dry_run, model::DryRun::refuse);
  EXPECT_EQ(spec.message, "see the runbook");
}

TEST(Policy, MissingFieldsHaveTheirDefaults) {
  const model::Policy policy = read(kSmall);
  EXPECT_EQ(policy.why_broken(), "");
  EXPECT_EQ(policy.ref.kind, "ClusterApprovalPolicy");
  EXPECT_EQ(policy.ref.namespace_name, "");
  EXPECT_EQ(policy.spec.ignored_fields, std::nullopt);
  EXPECT_EQ(policy.spec.while_pending, model::WhilePending::hold);
  EXPECT_EQ(policy.spec.wait_for, 5min);
  EXPECT_EQ(policy.spec.hold_for, std::nullopt);
  EXPECT_EQ(policy.spec.dry_run, model::DryRun::allow);
  EXPECT_EQ(policy.spec.approval.uses, 1u);
  EXPECT_EQ(policy.spec.approval.valid_for, 15min);
  EXPECT_EQ(policy.spec.approval.requirements[0].count, 1u);
  EXPECT_EQ(policy.spec.namespace_selector.requirements[0].key, "env");
}

TEST(Policy, ReadsWhatTheApiServerAdmits) {
  const json::Value review = parse_json(review_named("policy_create"));
  const auto policy = read_policy(review["request"]["object"]);
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(policy->why_broken(), "");
}

TEST(Policy, WhatIsNotUnderstoodBreaksItAndSaysWhere) {
  const struct {
    std::string from, to;
    const char* why;
  } cases[] = {
      {R"("enforcement": "Enforce")", R"("enforcement": "Block")", "spec.enforcement: \"Block\" is not known"},
      {R"("enforcement": "Enforce",)", "", "spec.enforcement: is missing"},
      {R"("PodPromotion")", R"("Teleport")", "spec.actions[0].preset: \"Teleport\" is not known"},
      {R"("preset": "PodPromotion")", R"("resourceRule": [])", "resourceRule: is not known"},
      {R"({"preset": "PodPromotion"})", R"({})", "spec.actions[0].preset: or effects or resourceRules must be given"},
      {R"({"preset": "PodPromotion"})", R"({"preset": "Exec", "resourceRules": []})",
       "preset: or effects or resourceRules"},
      {"containers[*].image", "containers[*.image", "spec.actions[1].changedFields: "},
      {R"("operator": "NotIn")", R"("operator": "Like")", "matchExpressions[0].operator: \"Like\" is not known"},
      {R"({"tier": "front"})", R"({"tier": 1})", "matchLabels.tier: must be a text"},
      {R"("operations": ["UPDATE"])", R"("operations": "UPDATE")", "operations: must be a list"},
      {R"("resources": ["configmaps"])", R"("resources": [1])", "spec.except[0].resources: must be a list of texts"},
      {R"("ignoredFields": [])", R"("ignoredFields": ["a..b"])", "spec.ignoredFields: "},
      {R"("count": 2)", R"("count": 0)", "spec.approval.requirements[0].count: must be a whole number from 1"},
      {R"("count": 2)", R"("count": 1.5)", "count: must be a whole number"},
      {R"("count": 2)", R"("count": 4294967297)", "count: must be a whole number"},
      {R"("uses": 3)", R"("uses": -1)", "spec.approval.uses: must be a whole number"},
      {R"("kind": "Group")", R"("kind": "Role")", "approvers[0].kind: \"Role\" is not known"},
      {R"("name": "oncall")", R"("name": "")", "approvers[0].name: is missing"},
      {R"("validFor": "5m")", R"("validFor": "soon")", "spec.approval.validFor: "},
      {R"("validFor": "5m")", R"("validFor": "5m", "minAssurance": "high")",
       "spec.approval.minAssurance: is not known"},
      {R"("whilePending": "Reject")", R"("whilePending": "Ignore")", "spec.whilePending: \"Ignore\" is not known"},
      {R"("holdFor": "10s")", R"("holdFor": 10)", "spec.holdFor: must be a text"},
      {R"("message": "see)", R"("notify": {}, "message": "see)", "spec.notify: is not known"},
      {R"("message": "see)", R"("namespaceSelector": {}, "message": "see)", "spec.namespaceSelector: is not known"},
      {R"("kind": "ServiceAccount")", R"("kind": "Robot")", "spec.subjects[0].kind: \"Robot\" is not known"},
  };
  for (const auto& c : cases) {
    const model::Policy policy = read(replaced(kFull, c.from, c.to));
    EXPECT_THAT(policy.why_broken(), HasSubstr(c.why)) << c.to;
    EXPECT_EQ(policy.ref.name, "promote");
  }
}

TEST(Policy, AllFaultsAreToldAtOnceWithTheWordsThatAreAllowed) {
  auto text = replaced(kFull, R"("enforcement": "Enforce")", R"("enforcement": "enforce")");
  text = replaced(text, R"("PodPromotion")", R"("podPromotion")");
  text = replaced(text, R"("whilePending": "Reject")", R"("whilePending": true, "waitfor": "1m")");
  text = replaced(text, R"("count": 2)", R"("count": 0)");
  text = replaced(text, R"("kind": "ServiceAccount")", R"("kind": "serviceaccount")");
  EXPECT_THAT(
      read(text).faults,
      testing::UnorderedElementsAre(
          "spec.enforcement: \"enforce\" is not known; it must be Enforce, Warn or Audit",
          testing::AllOf(HasSubstr("spec.actions[0].preset: \"podPromotion\" is not known; it must be PodPromotion,"),
                         HasSubstr("Traffic or Everything")),
          "spec.whilePending: must be a text",
          testing::AllOf(HasSubstr("spec.waitfor: is not known to this version; known here: "), HasSubstr(", waitFor")),
          "spec.approval.requirements[0].count: must be a whole number from 1 to 1000",
          "spec.subjects[0].kind: \"serviceaccount\" is not known; it must be User, Group, ServiceAccount or Agent"));
  // Own and Speaks are no words of policies.
  text = replaced(kFull, R"({"preset": "PodPromotion"})", R"({"effects": ["runsCode"]})");
  EXPECT_THAT(read(text).why_broken(), testing::AllOf(HasSubstr("\"runsCode\" is not known; it must be RunsCode, "),
                                                      HasSubstr("Shared or Serving"), Not(HasSubstr("Speaks"))));
}

TEST(Policy, NotMoreFaultsAreToldThanPeopleRead) {
  json::Value object = parse_json(kFull);
  auto& spec = *object.find_mutable("spec");
  for (int i = 0; i < 1000; ++i) spec.set("unknown" + std::to_string(i), std::string(1000, 'x'));
  const auto policy = read_policy(object);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->faults.size(), 20u);
  EXPECT_LT(policy->why_broken().size(), 20'000u);
}

TEST(Policy, AScopeThatIsNotUnderstoodIsNotNarrowed) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"({"matchLabels": {"env": "prod"}})", R"({"matchLabels": {"env": "prod"}, "matchFields": []})"},
           {R"({"matchLabels": {"env": "prod"}})", R"("prod")"},
           {R"("kind": "User", "name": "bot")", R"("kind": "Robot", "name": "bot")"}}) {
    const model::Policy policy = read(replaced(kSmall, from, to));
    EXPECT_FALSE(policy.works()) << to;
    EXPECT_TRUE(policy.spec.namespace_selector.empty()) << to;
    EXPECT_THAT(policy.spec.subjects, IsEmpty()) << to;
  }
}

TEST(Policy, HostileShapesBreakIt) {
  for (const char* spec : {"null", "[]", "7", "\"x\"", "{}", R"({"actions":{}})", R"({"approval":[]})",
                           R"({"enforcement":"Enforce","actions":[],"approval":null})",
                           R"({"enforcement":{},"actions":[[]],"approval":{"requirements":[{"approvers":[7]}]}})"}) {
    json::Value object = parse_json(kFull);
    object.set("spec", parse_json(spec));
    const auto policy = read_policy(object);
    ASSERT_TRUE(policy) << spec;
    EXPECT_FALSE(policy->works()) << spec;
  }
  json::Value long_word = parse_json(kFull);
  long_word.find_mutable("spec")->set("enforcement", std::string(100'000, 'x'));
  EXPECT_LT(read_policy(long_word)->why_broken().size(), 1000u);
}

TEST(Policy, WithoutANameItIsNoPolicy) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{R"("kind": "ApprovalPolicy")", R"("kind": "NetworkPolicy")"},
                                                        {R"("sallyport.dev/v1alpha1")", R"("sallyport.dev/v2")"},
                                                        {R"("name": "promote")", R"("name": "")"},
                                                        {R"("namespace": "payments")", R"("namespace": 7)"},
                                                        {R"("generation": 3)", R"("generation": "3")"}}) {
    EXPECT_FALSE(read_policy(parse_json(replaced(kFull, from, to)))) << to;
  }
  EXPECT_FALSE(read_policy(json::Value()));
  EXPECT_FALSE(read_policy(json::Value::array()));
}

TEST(Policy, StatusReadsBackAsWritten) {
  const PolicyStatus broken{.ready = {.status = "False",
                                      .reason = "Broken",
                                      .message = "spec.enforcement: is missing",
                                      .last_transition = *parse_instant("2026-11-21T05:41:24.5Z")},
                            .is_protected = {.status = "True", .reason = "OutOfReach", .message = "m"},
                            .observed_generation = 4};
  const json::Value written = write_policy_status(broken);
  EXPECT_EQ(written["status"]["observedGeneration"].integer(), 4);
  const PolicyStatus read = read_policy_status(written);
  EXPECT_TRUE(read.ready.says_the_same(broken.ready));
  EXPECT_EQ(read.ready.message, broken.ready.message);
  EXPECT_EQ(read.ready.last_transition, broken.ready.last_transition);
  EXPECT_TRUE(read.is_protected.says_the_same(broken.is_protected));
  EXPECT_EQ(read.observed_generation, broken.observed_generation);
  EXPECT_EQ(read_policy_status(parse_json(kFull)).ready.status, "");
}

TEST(Policy, StatusLeavesOutWhatIsNotKnown) {
  const json::Value written = write_policy_status({.ready = {.status = "True", .reason = "InForce"}});
  EXPECT_EQ(written["status"]["conditions"].items().size(), 1u);
}

}  // namespace
}  // namespace sallyport::wire
