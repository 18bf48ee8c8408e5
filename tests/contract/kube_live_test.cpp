#include "contract/kube_live.hpp"

#include <gmock/gmock.h>

#include "kube/cluster.hpp"
#include "kube/secret_store.hpp"
#include "kube/shipped.hpp"
#include "kube/webhook_config.hpp"
#include "wire/policy.hpp"
#include "wire/request.hpp"

namespace sallyport::kube {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Contains;
using testing::Not;
using testing::StartsWith;

class KubeLiveCluster : public KubeLive {
 protected:
  void SetUp() override {
    KubeLive::SetUp();
    asio::co_spawn(io, events.run(), [this](std::exception_ptr) { ended = true; });
  }
  void TearDown() override {
    KubeLive::TearDown();
    events.stop();
    EXPECT_TRUE(run_until([this] { return ended; }));
  }

  EventQueue events{io.get_executor(), *api};
  Readiness readiness{{}};
  KubeCluster cluster{*api, events, readiness, "sallyport-0"};
  bool ended = false;
};

TEST_F(KubeLiveCluster, RequestsComeBackAsTheyWereWritten) {
  const model::RequestKey key{name, "promote-abc"};
  const auto created = run(cluster.create_request(key, spec()));
  ASSERT_TRUE(created) << created.error().message();
  EXPECT_EQ(created->status.state, model::State::pending);
  const auto read = run(cluster.read_request(key));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->uid, created->uid);
  EXPECT_EQ(json::write(wire::write_request(key, read->spec)), json::write(wire::write_request(key, spec())));
  EXPECT_EQ(run(cluster.create_request(key, spec())).error().code(), ErrorCode::already_exists);
  EXPECT_EQ(run(cluster.read_request({name, "none"})).error().code(), ErrorCode::not_found);
}

TEST_F(KubeLiveCluster, StatusIsComparedAndSet) {
  const auto created = run(cluster.create_request({name, "promote-abc"}, spec()));
  ASSERT_TRUE(created) << created.error().message();
  const model::LogPosition log{"sallyport-0", 7, std::string(64, 'c')};
  const Instant then = *parse_instant("2026-11-21T05:41:24.654321Z");
  model::RequestStatus status;
  status.state = model::State::approved;
  status.conditions = {{"Decided", "True", "Approved", "by alice", then}};
  status.requirements = {{"promote", "owner", 1, 1}};
  status.decision = model::Decision{model::State::approved, "met", then, then + 1h, {"alice"}, log, "d-seal"};
  status.uses = {{then, "admission-uid", 4, log, "u-seal"}};
  status.fence = "i-1";
  const auto replaced = run(cluster.replace_status(*created, status));
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(json::write(wire::write_status(*replaced, replaced->status)["status"]),
            json::write(wire::write_status(*replaced, status)["status"]));
  EXPECT_EQ(run(cluster.replace_status(*created, status)).error().code(), ErrorCode::conflict);

  model::ApprovalRequest another = *replaced;  // the object that it was is gone
  another.uid = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(run(cluster.replace_status(another, status)).error().code(), ErrorCode::conflict);
  another = *replaced;
  another.key.name = "none";
  EXPECT_EQ(run(cluster.replace_status(another, status)).error().code(), ErrorCode::not_found);
}

TEST_F(KubeLiveCluster, ApproversAreWhoTheAuthorizerSaysTheyAre) {
  constexpr Collection roles{"rbac.authorization.k8s.io", "v1", "roles"};
  constexpr Collection bindings{"rbac.authorization.k8s.io", "v1", "rolebindings"};
  made(roles,
       object("rbac.authorization.k8s.io/v1", "Role", "approver",
              R"({"rules":[{"apiGroups":["sallyport.dev"],"resources":["approvalrequests"],"verbs":["approve"]}]})"),
       name);
  made(bindings, object("rbac.authorization.k8s.io/v1", "RoleBinding", "approver", R"({
    "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"approver"},
    "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"live-oncall"}]})"),
       name);
  const model::User alice{.username = "alice", .groups = {"live-oncall"}}, mallory{.username = "mallory"};
  ASSERT_TRUE(run_until([&] { return run(cluster.may_approve(alice, {name, "any"})).value_or(false); }));
  EXPECT_EQ(run(cluster.may_approve(mallory, {name, "any"})), false);
  EXPECT_EQ(run(cluster.may_approve(alice, {"default", "any"})), false);
}

TEST_F(KubeLiveCluster, PodsAreReadForWhatTheyAre) {
  made({"", "v1", "serviceaccounts"}, object("v1", "ServiceAccount", "runner"), name);
  const auto pod = made(kPods, object("v1", "Pod", "web-0", R"({"spec":{"serviceAccountName":"runner",
    "automountServiceAccountToken":false,"containers":[{"name":"c","image":"registry.example.com/web:v1"}]}})"),
                        name);
  const auto facts = run(cluster.read_pod(name, "web-0"));
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_EQ(facts->uid, pod["metadata"]["uid"].text());
  EXPECT_EQ(run(cluster.read_pod(name, "none")).error().code(), ErrorCode::not_found);
}

TEST_F(KubeLiveCluster, WhoHoldsARoleIsReadThroughWhatGathersIt) {
  const auto kBinding = [](const std::string& kind, const std::string& role, const std::string& user) {
    return R"({"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":")" + kind + R"(","name":")" + role +
           R"("},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":")" + user + R"("}]})";
  };
  constexpr auto kApi = "rbac.authorization.k8s.io/v1";
  made(kRoleBindings, object(kApi, "RoleBinding", "of-role", kBinding("Role", "reader", "bob")), name);
  const model::RoleHolder bob{"User", "", "bob"}, eve{"User", "", "eve"};
  EXPECT_EQ(run(cluster.read_role_holders({name, "reader", {}})).value(), std::vector{bob});
  EXPECT_TRUE(run(cluster.read_role_holders({"default", "reader", {}})).value().empty());

  const auto gatherer = "gathers-" + name;
  made(kClusterRoles, object(kApi, "ClusterRole", gatherer, R"({"aggregationRule":{"clusterRoleSelectors":[
    {"matchLabels":{"gathered":")" + name + R"("}}]}})"));
  made(kRoleBindings, object(kApi, "RoleBinding", "of-gatherer", kBinding("ClusterRole", gatherer, "eve")), name);
  EXPECT_EQ(run(cluster.read_role_holders({"", "new-" + name, {{"gathered", name}}})).value(), std::vector{eve});
  EXPECT_TRUE(run(cluster.read_role_holders({"", "new-" + name, {}})).value().empty());
}

TEST_F(KubeLiveCluster, EventsStandOnTheRequest) {
  const auto created = run(cluster.create_request({name, "promote-abc"}, spec()));
  ASSERT_TRUE(created) << created.error().message();
  cluster.announce(*created, "Opened", "waits for 1 of oncall");
  cluster.announce(*created, "Approved", std::string(5000, 'x'));
  std::vector<std::string> reasons;
  ASSERT_TRUE(run_until([&] {
    reasons.clear();
    const auto list = send(get(path_of(kEvents, name)));
    for (const auto& event : (*list)["items"].items()) {
      if (event["regarding"]["uid"].text() == created->uid) reasons.emplace_back(event["reason"].text());
    }
    return reasons.size() == 2;
  })) << events.lost();
  EXPECT_THAT(reasons, testing::UnorderedElementsAre("Opened", "Approved"));
}

TEST_F(KubeLiveCluster, TheServersClockIsOurs) {
  EXPECT_EQ(cluster.why_not_ready(), std::nullopt);
  EXPECT_EQ(api->clock_offset(), Duration{0});
}

TEST_F(KubeLive, WebhooksAreAimedAndStayAimedWhenTheChartIsAppliedAgain) {
  const WebhookConfigName which{kValidatingWebhooks, name};
  const auto chart = object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", name, R"({"webhooks":[{
    "name":"gate.sallyport.dev","admissionReviewVersions":["v1"],"sideEffects":"None","failurePolicy":"Fail",
    "clientConfig":{"service":{"name":"webhook","namespace":"none","port":443}},
    "rules":[{"apiGroups":["none.example.com"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}]}]})");
  const auto apply_chart = [&] {
    ApiCall call = server_side_apply(path_of(kValidatingWebhooks, {}, name), chart);
    call.path = path_of(kValidatingWebhooks, {}, name) + "?fieldManager=helm";
    return send(std::move(call));
  };
  ASSERT_TRUE(apply_chart());
  to_delete.push_back(path_of(kValidatingWebhooks, {}, name));
  const WebhookClientConfig target{.ca_pem = load_live().endpoint.ca_pem, .path = "/first/admit"};
  auto live = run(read_webhooks(*api, which));
  ASSERT_TRUE(live) << live.error().message();
  EXPECT_TRUE(webhook_drift(*live, target));
  const auto aimed = run(inject_webhooks(*api, which, *live, target));
  ASSERT_TRUE(aimed) << aimed.error().message();
  EXPECT_EQ(webhook_drift(*aimed, target), std::nullopt);

  ASSERT_TRUE(apply_chart());
  live = run(read_webhooks(*api, which));
  ASSERT_TRUE(live);
  EXPECT_EQ(webhook_drift(*live, target), std::nullopt);
  EXPECT_EQ((*live)["webhooks"].items()[0]["clientConfig"]["service"]["name"].text(), "webhook");
  const WebhookClientConfig next{.ca_pem = target.ca_pem, .path = "/second/admit"};
  const auto moved = run(inject_webhooks(*api, which, *live, next));
  ASSERT_TRUE(moved) << moved.error().message();
  EXPECT_EQ(webhook_drift(*moved, next), std::nullopt);
}

TEST_F(KubeLive, WhatStopsAgentsMustStandExactly) {
  const auto policy_spec =
      parsed(R"({"failurePolicy":"Fail","matchConstraints":{"matchPolicy":"Equivalent","namespaceSelector":{},
        "objectSelector":{},"resourceRules":[{"apiGroups":["none.example.com"],"apiVersions":["*"],"operations":["CREATE"],
        "resources":["things"],"scope":"*"}]},"validations":[{"expression":"false","message":"no"}]})");
  const ShippedGate gate{"release",
                         "ops",
                         {{"policy", kAdmissionPolicies, name, "spec", policy_spec},
                          {"binding", kAdmissionPolicyBindings, name, "spec",
                           parsed(R"({"policyName":")" + name + R"(","validationActions":["Deny"]})")}},
                         {}};
  const auto drift = [&] {
    const auto found = run(find_drift(*api, &gate));
    EXPECT_TRUE(found) << found.error().message();
    return *found;
  };
  ASSERT_EQ(drift().size(), 2u);
  EXPECT_EQ(drift()[0].what, "ValidatingAdmissionPolicy " + name + " does not exist");
  EXPECT_THAT(drift()[0].remedy, StartsWith("helm get manifest release --namespace ops | kubectl apply "));
  for (const auto& part : gate.parts) {
    const bool binds = part.role == "binding";
    auto made_by_chart = object("admissionregistration.k8s.io/v1",
                                binds ? "ValidatingAdmissionPolicyBinding" : "ValidatingAdmissionPolicy", name);
    made_by_chart.set("spec", part.content);
    made(part.collection, made_by_chart);
  }
  EXPECT_TRUE(drift().empty());

  ASSERT_TRUE(send(
      merge_patch(path_of(kAdmissionPolicyBindings, {}, name), parsed(R"({"spec":{"validationActions":["Audit"]}})"))));
  ASSERT_EQ(drift().size(), 1u);
  EXPECT_EQ(drift()[0].what,
            "ValidatingAdmissionPolicyBinding " + name + " is not as installed: spec.validationActions[0] differs");
  EXPECT_EQ(drift()[0].remedy,
            "kubectl patch validatingadmissionpolicybindings " + name +
                R"( --type=json -p '[{"op":"add","path":"/spec/validationActions","value":["Deny"]}]')");
}

TEST_F(KubeLive, SecretsAreComparedAndSet) {
  const auto with = [](std::string_view value) {
    std::map<std::string, Secret> data;
    data.emplace("key", Secret(value));
    return data;
  };
  EXPECT_EQ(run(read_secret(*api, name, "keys")).error().code(), ErrorCode::not_found);
  const auto created = run(create_secret(*api, name, "keys", with("one")));
  ASSERT_TRUE(created) << created.error().message();
  EXPECT_EQ(run(create_secret(*api, name, "keys", with("two"))).error().code(), ErrorCode::already_exists);
  auto mine = run(read_secret(*api, name, "keys")), theirs = run(read_secret(*api, name, "keys"));
  ASSERT_TRUE(mine && theirs);
  const auto replaced = run(replace_secret(*api, name, "keys", std::move(*mine), with("three")));
  ASSERT_TRUE(replaced) << replaced.error().message();
  EXPECT_EQ(run(replace_secret(*api, name, "keys", std::move(*theirs), with("four"))).error().code(),
            ErrorCode::conflict);
  const auto read = run(read_secret(*api, name, "keys"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->data.at("key").reveal(), "three");
}

TEST_F(KubeLive, PoliciesAreReadAndToldWhatBecameOfThem) {
  const auto written =
      made(kApprovalPolicies, object("sallyport.dev/v1alpha1", "ApprovalPolicy", "promote", R"({"spec":{
    "enforcement":"Enforce","actions":[{"preset":"PodPromotion"}],
    "approval":{"requirements":[{"name":"owner","approvers":[{"kind":"Group","name":"oncall"}]}]}}})"),
           name);
  const auto policy = wire::read_policy(written);
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(policy->why_broken(), "");
  EXPECT_EQ(policy->ref.generation, 1);
  EXPECT_EQ(policy->spec.approval.pending_timeout, 1h);
  wire::PolicyStatus status{.ready = {.status = "True",
                                      .reason = "InForce",
                                      .message = "it is in force",
                                      .last_transition = *parse_instant("2026-11-21T05:41:24Z")},
                            .is_protected = {.status = "False", .reason = "Unprotected", .message = "m"},
                            .observed_generation = 1};
  const auto told =
      send(merge_patch(path_of(kApprovalPolicies, name, "promote", "status"), wire::write_policy_status(status)));
  ASSERT_TRUE(told) << told.error().message();
  const auto read = wire::read_policy_status(*told);
  EXPECT_TRUE(read.ready.says_the_same(status.ready));
  EXPECT_TRUE(read.is_protected.says_the_same(status.is_protected));
  EXPECT_EQ(read.ready.message, status.ready.message);
  EXPECT_EQ(read.ready.last_transition, status.ready.last_transition);
}

}  // namespace
}  // namespace sallyport::kube
