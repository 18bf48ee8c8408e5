#include "admission/triage.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::admission {
namespace {

using model::Code;
using Next = Triage::Next;
using namespace std::chrono_literals;

// One replica's context and snapshot over namespaces prod (labelled env=prod) and old (being deleted), and an agent.
struct Desk {
  explicit Desk(std::vector<model::Policy> policies = {}) {
    snapshot.policies = std::make_shared<const policy::PolicyIndex>(std::move(policies));
    snapshot.namespaces = std::make_shared<const std::map<std::string, policy::NamespaceFacts>>(
        std::map<std::string, policy::NamespaceFacts>{{"prod", {"prod", "uid-prod", {{"env", "prod"}}, false}},
                                                      {"old", {"old", "uid-old", {}, true}}});
    snapshot.guard =
        std::make_shared<const policy::Guard>(policy::GuardSettings{"sallyport-system", "sallyport", agents});
    snapshot.freshness = {100s};
  }

  Triage ask(const std::string& body, Duration now = 101s) {
    const Context context{agents, guard_mode, "cluster-1", hash_key, 30s};
    auto result = triage(context, snapshot, now, body);
    EXPECT_TRUE(result) << result.error().message();
    return std::move(*result);
  }

  std::vector<model::Agent> agents = {{"deployer", {}, {}, {"agents/deployer"}, {}, true}};
  model::Enforcement guard_mode = model::Enforcement::enforce;
  Secret hash_key{"a key for tests"};
  PolicySnapshot snapshot;
};

std::string review(const std::string& kind, const std::string& group, const std::string& resource,
                   const std::string& ns, const std::string& operation, const std::string& objects,
                   const std::string& user = "system:serviceaccount:agents:deployer") {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1","kind":{"group":")" +
         group + R"(","version":"v1","kind":")" + kind + R"("},"resource":{"group":")" + group +
         R"(","version":"v1","resource":")" + resource + R"("},"name":"x","namespace":")" + ns + R"(","operation":")" +
         operation + R"(","userInfo":{"username":")" + user + R"(","uid":"a"},)" + objects +
         R"("dryRun":false,"options":{}}})";
}

std::string config_map(const std::string& ns = "prod",
                       const std::string& user = "system:serviceaccount:agents:deployer") {
  return review("ConfigMap", "", "configmaps", ns, "CREATE",
                R"("object":{"metadata":{"name":"x","namespace":")" + ns + R"("},"data":{"a":"b"}},"oldObject":null,)",
                user);
}

std::string image_change() {
  const auto deployment = [](const std::string& image) {
    return R"({"metadata":{"name":"x","namespace":"prod","uid":"d"},"spec":{"template":{"spec":{"containers":[{"name":"c","image":")" +
           image + R"("}]}}}})";
  };
  return review("Deployment", "apps", "deployments", "prod", "UPDATE",
                R"("object":)" + deployment("api:2") + R"(,"oldObject":)" + deployment("api:1") + ",");
}

model::Policy image_policy(model::Enforcement enforcement = model::Enforcement::enforce) {
  model::Policy policy;
  policy.ref = {"ApprovalPolicy", "prod", "promote-image", "uid-p", 1};
  policy.spec.enforcement = enforcement;
  model::PolicyAction action;
  action.rules = {{{"apps"}, {"*"}, {"UPDATE"}, {"deployments"}}};
  policy.spec.actions = {action};
  policy.spec.approval.requirements = {{"owner", 1, {{model::Approver::Kind::group, "oncall"}}}};
  return policy;
}

TEST(Triage, WhatConcernsNobodyIsAllowedFromMemory) {
  Desk desk({image_policy()});
  const auto result = desk.ask(config_map());
  EXPECT_EQ(result.next, Next::answer);
  EXPECT_TRUE(result.unmatched);
  EXPECT_TRUE(result.answer.allowed);
  EXPECT_EQ(result.uid, "u-1");
}

TEST(Triage, WhatAPolicyAsksForGoesToTheGate) {
  Desk desk({image_policy()});
  const auto result = desk.ask(image_change());
  ASSERT_EQ(result.next, Next::gate);
  EXPECT_EQ(result.terms.policies.at(0).ref.name, "promote-image");
  EXPECT_FALSE(result.answer.allowed);
}

TEST(Triage, WarnAndAuditAllowOnceTheyAreInTheLog) {
  Desk warning({image_policy(model::Enforcement::warn)});
  const auto warned = warning.ask(image_change());
  EXPECT_EQ(warned.next, Next::log);
  EXPECT_TRUE(warned.answer.allowed);
  EXPECT_EQ(warned.answer.warnings.size(), 1u);
  EXPECT_EQ(warned.records.at(0).event, "warned");

  Desk silent({image_policy(model::Enforcement::audit)});
  const auto audited = silent.ask(image_change());
  EXPECT_TRUE(audited.answer.allowed);
  EXPECT_TRUE(audited.answer.warnings.empty());
  EXPECT_EQ(audited.records.at(0).event, "audited");
}

TEST(Triage, WarnAndAuditSayNothingOfAWriteThatChangesNothing) {
  const auto patched = [](const std::string& resource, const std::string& group, const std::string& kind) {
    const std::string object = R"({"metadata":{"name":"x","namespace":"prod","uid":"d"},"data":{"a":"b"}})";
    return review(kind, group, resource, "prod", "UPDATE", R"("object":)" + object + R"(,"oldObject":)" + object + ",");
  };
  for (const auto mode : {model::Enforcement::warn, model::Enforcement::audit}) {
    auto policy = image_policy(mode);
    policy.spec.actions.front().rules = {{{"*"}, {"*"}, {"*"}, {"*/*"}}};
    Desk desk({policy});
    const auto nothing = desk.ask(patched("deployments", "apps", "Deployment"));
    EXPECT_TRUE(nothing.answer.allowed);
    EXPECT_TRUE(nothing.answer.warnings.empty());
    ASSERT_EQ(nothing.records.size(), 1u);
    EXPECT_EQ(nothing.records[0].event, "answered");
    EXPECT_EQ(nothing.records[0].fields["code"].text(), "Unchanged");

    const auto secret = desk.ask(patched("secrets", "", "Secret"));
    ASSERT_EQ(secret.records.size(), 1u);
    EXPECT_EQ(secret.records[0].event, mode == model::Enforcement::warn ? "warned" : "audited");
  }
}

struct Unknown {
  const char* name;
  Code code;
  int status;
  std::string body;
  Duration now;
};

class UnknownMeansRefused : public testing::TestWithParam<Unknown> {};

TEST_P(UnknownMeansRefused, Always) {
  const auto& unknown = GetParam();
  const auto result = Desk().ask(unknown.body, unknown.now);
  EXPECT_FALSE(result.answer.allowed);
  EXPECT_EQ(result.answer.code, unknown.code) << result.answer.message;
  EXPECT_EQ(result.answer.status, unknown.status);
}

INSTANTIATE_TEST_SUITE_P(
    All, UnknownMeansRefused,
    testing::Values(Unknown{"not confirmed for 15 s", Code::not_ready, 403, config_map(), 115s},
                    Unknown{"a namespace nobody knows", Code::not_ready, 429, config_map("new"), 101s},
                    Unknown{"a namespace that goes", Code::namespace_terminating, 403, config_map("old"), 101s},
                    Unknown{"an agent of another configuration", Code::unknown_agent, 403,
                            config_map("prod", "someone"), 101s}),
    [](const auto& info) {
      std::string name = info.param.name;
      for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

TEST(Triage, AQuestionIsAnsweredWhateverIsKnown) {
  auto everything = image_policy();
  everything.spec.actions.front() = {.preset = model::Preset::everything};
  Desk desk({everything});
  for (const auto* ns : {"", "prod", "new", "old"}) {
    const auto question = review("LocalSubjectAccessReview", "authorization.k8s.io", "localsubjectaccessreviews", ns,
                                 "CREATE", R"("object":{"spec":{}},"oldObject":null,)");
    for (const auto now : {101s, 1000s}) {
      const auto result = desk.ask(question, now);
      EXPECT_TRUE(result.answer.allowed) << ns;
      EXPECT_TRUE(result.unmatched);
      EXPECT_EQ(result.next, Next::answer);
    }
  }
}

// Told to come again by a 429, they would fail with no word of what to do.
TEST(Triage, WhoDoesNotSendAgainIsRefusedInANamespaceThatNobodyKnows) {
  const auto exec = review("PodExecOptions", "", "pods", "new", "CONNECT",
                           R"("object":{"kind":"PodExecOptions","command":["id"]},"oldObject":null,)");
  EXPECT_EQ(Desk().ask(exec).answer.status, 403);
  Desk desk;
  EXPECT_EQ(desk.ask(config_map("new")).answer.status, 429);
  desk.agents[0].retries_429 = false;
  EXPECT_EQ(desk.ask(config_map("new")).answer.status, 403);
}

TEST(Triage, NeverConfirmedIsNeverFresh) {
  const Freshness never;
  EXPECT_FALSE(never.holds(1s));
}

TEST(Triage, ABrokenPolicyRefusesItsScopeAndNamesItself) {
  auto broken = image_policy();
  broken.faults = {"preset Teleport is not known to this version"};
  Desk desk({broken});
  const auto result = desk.ask(config_map());
  EXPECT_EQ(result.answer.code, Code::policy_broken);
  EXPECT_NE(result.answer.message.find("promote-image"), std::string::npos);
}

TEST(Triage, WhatCanNotBeDecodedIsAnError) {
  Desk desk({image_policy()});
  const Context context{desk.agents, desk.guard_mode, "cluster-1", desk.hash_key, 30s};
  const auto whole = image_change();
  for (const auto& body : {std::string(), std::string("{}"), whole.substr(0, 250), whole.substr(0, whole.size() - 9)})
    EXPECT_FALSE(triage(context, desk.snapshot, 101s, body)) << body;
}

TEST(Triage, TheGuardRefusesSallyportsOwnObjectsEvenInAudit) {
  Desk desk;
  desk.guard_mode = model::Enforcement::audit;
  const auto result = desk.ask(review("ApprovalPolicy", "sallyport.dev", "approvalpolicies", "prod", "DELETE",
                                      R"("object":null,"oldObject":{"metadata":{"name":"x"}},)"));
  EXPECT_FALSE(result.answer.allowed);
  EXPECT_EQ(result.answer.code, Code::guarded);
}

}  // namespace
}  // namespace sallyport::admission
