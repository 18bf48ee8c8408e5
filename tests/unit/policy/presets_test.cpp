#include "policy/presets.hpp"

#include <gtest/gtest.h>

#include "policy/match.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using model::Preset;
using test::connect;
using test::create;
using test::remove;
using test::update;

bool matches(Preset preset, const model::AdmissionRequest& request) {
  const PolicyIndex index({test::policy("p", {test::on(preset)})});
  const auto agent = test::deployer();
  const auto ns = test::prod();
  const auto fields = selector_fields_of(request);
  return !match(index.candidates({index.effects(), request}, agent, &ns, &fields), {index.effects(), request}, agent,
                &ns)
              .enforce.empty();
}

struct Case {
  model::AdmissionRequest request;
  bool matched;
};

void check(Preset preset, const std::vector<Case>& cases) {
  for (const auto& each : cases) {
    EXPECT_EQ(matches(preset, each.request), each.matched)
        << to_string(each.request.operation) << " " << to_string(each.request.resource) << " "
        << json::write(each.request.old_object) << " -> " << json::write(each.request.object);
  }
}

TEST(PodPromotion, CreatesOfPodsAndWorkloadsWhateverTheVersion) {
  std::vector<Case> cases;
  for (const auto* what : {"pods", "replicationcontrollers", "deployments.apps", "replicasets.apps",
                           "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch"}) {
    cases.push_back({create(what), true});
    cases.back().request.resource.version = "v1beta7";
    cases.push_back({remove(what), false});
  }
  cases.push_back({create("configmaps"), false});
  cases.push_back({create("deployments.example.com"), false});
  cases.push_back({create("podtemplates"), false});
  check(Preset::pod_promotion, cases);
}

TEST(PodPromotion, UpdatesThatMovePods) {
  check(
      Preset::pod_promotion,
      {
          {update("deployments.apps", R"({"spec":{"template":{"spec":{"a":1}}}})",
                  R"({"spec":{"template":{"spec":{"a":2}}}})"),
           true},
          {update("deployments.apps", R"({"spec":{"template":{"metadata":{}}}})",
                  R"({"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"now"}}}}})"),
           true},
          {update("deployments.apps", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})"), true},
          {update("deployments.apps", R"({"spec":{"paused":true}})", R"({"spec":{}})"), true},
          {update("cronjobs.batch", R"({"spec":{"suspend":true}})", R"({"spec":{"suspend":false}})"), true},
          {update("cronjobs.batch", R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"a":1}}}}}})",
                  R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"a":2}}}}}})"),
           true},
          {update("jobs.batch", R"({"spec":{"parallelism":1}})", R"({"spec":{"parallelism":9}})"), true},
          {update("pods", R"({"spec":{"a":1}})", R"({"spec":{"a":2}})"), true},
          {update("pods/resize", "{}", R"({"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"1"}}}]}})"),
           true},
          {update("deployments.apps", R"({"spec":{"minReadySeconds":1}})", R"({"spec":{"minReadySeconds":2}})"), true},
          {update("pods", R"({"metadata":{},"spec":{}})", R"({"metadata":{"labels":{"a":"b"}},"spec":{}})"), true},
          {update("deployments.apps/status", R"({"status":{}})", R"({"status":{"replicas":1}})"), true},
          {update("pods/ephemeralcontainers", R"({"spec":{}})", R"({"spec":{"ephemeralContainers":[{"name":"d"}]}})"),
           true},
          {create("pods/binding"), true},
          {create("bindings"), true},
          {update("deployments.apps/scale", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})"), true},
          {update("rollouts.argoproj.io/scale", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})"), true},
          {update("deployments.apps", "", R"({"spec":{}})"), true},
      });
}

TEST(PodPromotion, LookAlikesPass) {
  check(Preset::pod_promotion,
        {
            {update("deployments.apps", R"({"metadata":{"labels":{}},"spec":{"replicas":1}})",
                    R"({"metadata":{"labels":{"a":"b"},"annotations":{"c":"d"}},"spec":{"replicas":1}})"),
             false},
            {update("deployments.apps", "{}", "{}"), false},
            {update("deployments.apps/status", R"({"status":{}})", R"({"status":{"observedGeneration":1}})"), false},
            {update("pods/status", R"({"status":{}})", R"({"status":{"message":"m"}})"), false},
            {update("cronjobs.batch", R"({"spec":{"successfulJobsHistoryLimit":1}})",
                    R"({"spec":{"successfulJobsHistoryLimit":2}})"),
             false},
        });
}

constexpr auto kRelabelled = R"({"metadata":{"labels":{"a":"b"}}})";

TEST(RbacChange, AnyWriteOfRolesAndBindingsAndSigning) {
  std::vector<Case> cases;
  for (const auto* what : {"roles", "rolebindings", "clusterroles", "clusterrolebindings"}) {
    const auto full = std::string(what) + ".rbac.authorization.k8s.io";
    cases.push_back({create(full), true});
    cases.push_back({update(full, "{}", kRelabelled), true});
    cases.push_back({remove(full), true});
    cases.push_back({create(std::string(what) + ".example.com"), false});
  }
  cases.push_back({update("certificatesigningrequests.certificates.k8s.io/approval", "{}",
                          R"({"status":{"conditions":[{"type":"Approved","status":"True"}]}})"),
                   true});
  cases.push_back(
      {update("certificatesigningrequests.certificates.k8s.io/status", "{}", R"({"status":{"certificate":"QQ=="}})"),
       true});
  cases.push_back({create("certificatesigningrequests.certificates.k8s.io"), true});
  cases.push_back({create("serviceaccounts"), false});
  check(Preset::rbac_change, cases);
}

TEST(SecretAccess, SecretsAndTokensAlways) {
  check(Preset::secret_access, {
                                   {create("secrets"), true},
                                   {update("secrets", "{}", "{}"), true},
                                   {remove("secrets"), true},
                                   {create("serviceaccounts/token"), true},
                                   {create("serviceaccounts"), false},
                                   {create("configmaps"), false},
                                   {create("secrets.example.com"), false},
                               });
}

std::string deployment(std::string_view pod_spec) {
  return R"({"spec":{"template":{"spec":)" + std::string(pod_spec) + "}}}";
}

TEST(SecretAccess, PodsThatNewlyComeToASecret) {
  const std::string plain = R"({"containers":[{"name":"c","image":"a"}]})";
  const std::string reaching[] = {
      R"({"volumes":[{"name":"v","secret":{"secretName":"s"}}]})",
      R"({"volumes":[{"name":"v","projected":{"sources":[{"secret":{"name":"s"}}]}}]})",
      R"({"volumes":[{"name":"v","csi":{"driver":"d","nodePublishSecretRef":{"name":"s"}}}]})",
      R"({"volumes":[{"name":"v","azureFile":{"secretName":"s"}}]})",
      R"({"containers":[{"name":"c","envFrom":[{"secretRef":{"name":"s"}}]}]})",
      R"({"initContainers":[{"name":"c","env":[{"name":"E","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]}]})",
      R"({"imagePullSecrets":[{"name":"s"}]})",
      R"({"serviceAccountName":"builder"})",
      R"({"serviceAccount":"builder"})",
  };
  std::vector<Case> cases;
  for (const auto& spec : reaching) {
    cases.push_back({create("deployments.apps", deployment(spec)), true});
    cases.push_back({update("deployments.apps", deployment(plain), deployment(spec)), true});
    cases.push_back({create("pods", R"({"spec":)" + spec + "}"), true});
    cases.push_back({create("cronjobs.batch", R"({"spec":{"jobTemplate":)" + deployment(spec) + "}}"), true});
    // What it had already, it may keep.
    cases.push_back({update("deployments.apps", deployment(spec), deployment(spec)), false});
  }
  cases.push_back({create("deployments.apps", deployment(plain)), false});
  cases.push_back({create("pods", R"({"spec":{"serviceAccountName":"default","serviceAccount":"default"}})"), false});
  cases.push_back(
      {update("deployments.apps", deployment(plain), deployment(R"({"serviceAccountName":"default"})")), true});
  cases.push_back({update("deployments.apps", deployment(reaching[0]), deployment(plain)), true});
  cases.push_back({create("pods", R"({"spec":{"volumes":[{"name":"secret","configMap":{"name":"secret"}}]}})"), false});
  cases.push_back(
      {update("deployments.apps", deployment(R"({"serviceAccountName":"builder"})"), deployment(plain)), true});
  check(Preset::secret_access, cases);
}

TEST(SecretAccess, AContainerThatComesToWhatAnotherHasAlready) {
  const auto pod = [](std::string_view second) {
    return deployment(R"({"volumes":[{"name":"v","secret":{"secretName":"s"}},{"name":"w","emptyDir":{}}],"containers":[
        {"name":"a","volumeMounts":[{"name":"v"}],"env":[{"valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]},
        {"name":"b")" +
                      std::string(second) + "}]}");
  };
  const auto before = pod("");
  check(
      Preset::secret_access,
      {
          {update("deployments.apps", before, pod(R"(,"volumeMounts":[{"name":"v"}])")), true},
          {update("deployments.apps", before, pod(R"(,"env":[{"valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}])")),
           true},
          // What runs where a Secret already is.
          {update("deployments.apps", before, pod(R"(,"volumeMounts":[{"name":"w"}])")), true},
          {update("deployments.apps", before, pod(R"(,"image":"new")")), true},
          {update("deployments.apps", before, pod(R"(,"resources":{"limits":{"cpu":"1"}})")), false},
      });
}

TEST(SecretAccess, EphemeralContainersToo) {
  check(Preset::secret_access,
        {
            {update("pods/ephemeralcontainers", R"({"spec":{}})",
                    R"({"spec":{"ephemeralContainers":[{"name":"d","envFrom":[{"secretRef":{"name":"s"}}]}]}})"),
             true},
            {update("pods/ephemeralcontainers", R"({"spec":{}})",
                    R"({"spec":{"ephemeralContainers":[{"name":"d","image":"sh"}]}})"),
             false},
        });
}

constexpr auto kDebugger = R"({"spec":{"ephemeralContainers":[{"name":"d","image":"sh"}]}})";

TEST(Exec, ConnectsAndEphemeralContainers) {
  check(Preset::exec, {
                          {connect("pods/exec"), true},
                          {connect("pods/attach"), true},
                          {connect("pods/portforward"), true},
                          {connect("pods/proxy"), true},
                          {connect("services/proxy"), true},
                          {connect("nodes/proxy", ""), true},
                          {update("pods/ephemeralcontainers", "{}", kDebugger), true},
                          {update("pods", "{}", "{}"), false},
                          {create("pods/eviction"), false},
                          {connect("widgets.example.com/exec"), false},
                      });
}

TEST(TokenRequest, TokensAlone) {
  check(Preset::token_request, {
                                   {create("serviceaccounts/token"), true},
                                   {create("serviceaccounts"), false},
                                   {update("serviceaccounts", "{}", "{}"), false},
                                   {create("tokenreviews.authentication.k8s.io"), false},
                               });
}

std::string owned(std::string_view owners, std::string_view finalizers = "[]") {
  return R"({"metadata":{"ownerReferences":)" + std::string(owners) + R"(,"finalizers":)" + std::string(finalizers) +
         "}}";
}

TEST(Deletion, WhateverDeletesOrLeadsToIt) {
  const std::string one = R"([{"uid":"1","name":"a"}])";
  const std::string other = R"([{"uid":"2","name":"a"}])";
  check(Preset::deletion,
        {
            {remove("deployments.apps"), true},
            {remove("widgets.example.com"), true},
            {remove("nodes", "{}", ""), true},
            {create("pods/eviction"), true},
            {update("namespaces/finalize", R"({"spec":{"finalizers":["kubernetes"]}})", R"({"spec":{}})"), true},
            {update("configmaps", owned("[]"), owned(one)), true},
            {update("configmaps", owned(one), owned(other)), true},
            {update("configmaps", owned(one), owned(R"([{"uid":"1","name":"a","blockOwnerDeletion":true}])")), true},
            {update("deployments.apps/status", owned("[]"), owned(one)), true},
            {update("configmaps", R"({"data":{"a":"b"}})", R"({"data":null})"), true},
            {update("deployments.apps", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":0}})"), true},
            {update("jobs.batch", "{}", R"({"spec":{"ttlSecondsAfterFinished":0}})"), true},
            {update("configmaps", owned("[]", R"(["a","b"])"), owned("[]", R"(["b"])")), true},
            {update("configmaps", owned("[]", R"(["a"])"), "{}"), true},
            {update("configmaps", owned("[]", R"(["a"])"), owned("[]", R"(["b"])")), true},
        });
}

TEST(Deletion, LookAlikesPass) {
  const std::string one = R"([{"uid":"1","name":"a"}])";
  check(Preset::deletion,
        {
            {create("configmaps", owned(one, R"(["a"])")), false},
            {update("configmaps", owned(one), owned("[]")), false},
            {update("configmaps", owned("[]", R"(["a","b"])"), owned("[]", R"(["b","a","c"])")), false},
            {update("deployments.apps", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})"), false},
            {update("pods/ephemeralcontainers", "{}", R"({"spec":{}})"), false},
            {connect("pods/exec"), false},
        });
}

TEST(Infrastructure, WhatTheClusterItselfStandsOn) {
  std::vector<Case> cases;
  for (const auto* what :
       {"nodes", "persistentvolumes", "namespaces", "resourcequotas", "storageclasses.storage.k8s.io",
        "csidrivers.storage.k8s.io", "volumeattachments.storage.k8s.io", "priorityclasses.scheduling.k8s.io",
        "runtimeclasses.node.k8s.io", "networkpolicies.networking.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io", "apiservices.apiregistration.k8s.io"}) {
    cases.push_back({create(what), true});
    cases.push_back({update(what, "{}", kRelabelled), true});
    cases.push_back({remove(what), true});
  }
  for (const auto* what : {"nodes/status", "namespaces/status", "namespaces/finalize", "persistentvolumes/status",
                           "customresourcedefinitions.apiextensions.k8s.io/status"})
    cases.push_back({update(what, "{}", kRelabelled), true});
  for (const auto* what : {"persistentvolumeclaims", "configmaps", "ingresses.networking.k8s.io",
                           "nodes.metrics.k8s.io", "leases.coordination.k8s.io"})
    cases.push_back({create(what), false});
  cases.push_back({create("configmaps", "{}", "kube-system"), true});
  cases.push_back({connect("nodes/proxy", ""), false});
  check(Preset::infrastructure, cases);
}

TEST(Traffic, WherePacketsGo) {
  check(Preset::traffic,
        {
            {create("services", R"({"spec":{"selector":{"app":"a"}}})"), true},
            {create("ingresses.networking.k8s.io", R"({"spec":{"defaultBackend":{"service":{"name":"s"}}}})"), true},
            {remove("networkpolicies.networking.k8s.io"), true},
            {update("pods", "{}", kRelabelled), true},
            {update("configmaps", "{}", kRelabelled), false},
        });
}

TEST(Presets, TakeWhatIsNewerThanTheTable) {
  for (const auto preset : {Preset::pod_promotion, Preset::rbac_change, Preset::exec, Preset::traffic}) {
    check(preset, {{create("tomorrows.apps"), true},
                   {update("deployments.apps", "{}", R"({"spec":{"template":{"spec":{"fromTomorrow":1}}}})"), true},
                   {create("tomorrows.example.com"), false}});
  }
}

TEST(Effects, APolicyMayNameThem) {
  const auto matches = [](model::Effects effects, const model::AdmissionRequest& request) {
    model::PolicyAction action;
    action.effects = effects;
    const PolicyIndex index({test::policy("p", {action})});
    const auto agent = test::deployer();
    const auto ns = test::prod();
    const auto fields = selector_fields_of(request);
    return !match(index.candidates({index.effects(), request}, agent, &ns, &fields), {index.effects(), request}, agent,
                  &ns)
                .enforce.empty();
  };
  EXPECT_TRUE(matches({model::Effect::shows_secret}, create("secrets", R"({"data":{"a":"Yg=="}})")));
  EXPECT_FALSE(
      matches({model::Effect::connects, model::Effect::deletes}, create("secrets", R"({"data":{"a":"Yg=="}})")));
  EXPECT_TRUE(matches({model::Effect::connects, model::Effect::deletes}, remove("secrets")));
}

TEST(Everything, IsEverything) {
  check(Preset::everything, {
                                {create("configmaps"), true},
                                {update("widgets.example.com/status", "{}", R"({"a":1})"), true},
                                {remove("nodes", "{}", ""), true},
                                {connect("pods/exec"), true},
                                {connect("widgets.example.com/exec"), true},
                                {create("pods/binding"), true},
                            });
}

}  // namespace
}  // namespace sallyport::policy
