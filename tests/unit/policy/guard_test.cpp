#include "policy/guard.hpp"

#include <gtest/gtest.h>

#include "policy/match.hpp"
#include "unit/policy/guard_rows.hpp"

namespace sallyport::policy {
namespace {

using model::AdmissionRequest;
using test::check;
using test::connect;
using test::create;
using test::guard;
using test::GuardRow;
using test::named;
using test::remove;
using test::update;

TEST(Guard, OwnKindsAndOwnNamespace) {
  check({
      {create("approvalpolicies.sallyport.dev"), "own own-kinds"},
      {update("clusterapprovalpolicies.sallyport.dev", "{}", "{}", ""), "own own-kinds"},
      {create("approvalrequests.sallyport.dev"), "own own-kinds"},
      {remove("approvalrequests.sallyport.dev"), "own own-kinds"},
      {update("approvalrequests.sallyport.dev/status", "{}", "{}"), "own own-kinds"},
      {create("configmaps", "{}", "sallyport-system"), "own own-namespace"},
      {connect("pods/exec", "sallyport-system"), "own own-namespace"},
      {update("persistentvolumeclaims", "{}", "{}", "sallyport-system"), "own own-namespace"},
      {named(remove("namespaces", "{}", "sallyport-system"), "sallyport-system"), "own own-namespace"},
      {named(update("namespaces", "{}", "{}", ""), "sallyport-system"), "own own-namespace"},
      {create("configmaps", "{}", "sallyport-system2"), ""},
      {create("approvalrequests.example.com"), ""},
      {connect("pods/exec"), ""},
  });
}

TEST(Guard, OwnClusterWideObjects) {
  const auto rbac = [](const std::string& kind) { return kind + ".rbac.authorization.k8s.io"; };
  check({
      {named(remove("customresourcedefinitions.apiextensions.k8s.io", "{}", ""), "approvalrequests.sallyport.dev"),
       "own own-api"},
      {named(remove("customresourcedefinitions.apiextensions.k8s.io",
                    R"({"metadata":{"name":"approvalrequests.sallyport.dev"}})", ""),
             ""),
       "own own-api"},
      {create("customresourcedefinitions.apiextensions.k8s.io", R"({"spec":{"group":"sallyport.dev"}})", ""),
       "own own-api"},
      {create("customresourcedefinitions.apiextensions.k8s.io", R"({"spec":{"group":"example.com"}})", ""),
       "others serving"},
      {named(update("apiservices.apiregistration.k8s.io", "{}", "{}", ""), "v1alpha1.sallyport.dev"), "own own-api"},
      {named(update("apiservices.apiregistration.k8s.io", "{}", R"({"spec":{"service":{}}})", ""), "v1.example.com"),
       "others serving"},
      {named(update("apiservices.apiregistration.k8s.io", "{}", "{}", ""), "v1.example.com"), ""},
      {named(update("flowschemas.flowcontrol.apiserver.k8s.io", "{}", "{}", ""), "sallyport-agents"),
       "own own-flow-control"},
      {named(update("flowschemas.flowcontrol.apiserver.k8s.io", "{}", "{}", ""), "sallyports"), ""},
      {named(remove(rbac("clusterroles"), "{}", ""), "sallyport"), "own own-roles"},
      {named(remove(rbac("clusterroles"), "{}", ""), "sallyport-approver"), "own own-roles"},
      {named(create(rbac("clusterroles"), R"({"metadata":{"generateName":"sallyport-"}})", ""), ""), "own own-roles"},
      {named(remove(rbac("clusterroles"), "{}", ""), "my-sallyport"), ""},
      {update("persistentvolumes", "{}", R"({"spec":{"claimRef":{"namespace":"sallyport-system"}}})", ""),
       "own own-volumes"},
      {remove("persistentvolumes", R"({"spec":{"claimRef":{"namespace":"sallyport-system"}}})", ""), "own own-volumes"},
      {remove("persistentvolumes", R"({"spec":{"claimRef":{"namespace":"prod"}}})", ""), ""},
  });
}

std::string role(std::string_view groups, std::string_view resources, std::string_view verbs,
                 std::string_view more = "") {
  return R"({"rules":[{"apiGroups":[],"resources":[],"verbs":[]},{"apiGroups":)" + std::string(groups) +
         R"(,"resources":)" + std::string(resources) + R"(,"verbs":)" + std::string(verbs) + std::string(more) + "}]}";
}

TEST(Guard, RolesThatCarryOurVerbs) {
  const std::string kRole = "clusterroles.rbac.authorization.k8s.io";
  const std::string namespaced = "roles.rbac.authorization.k8s.io";
  const auto approve = role(R"(["sallyport.dev"])", R"(["approvalrequests"])", R"(["approve"])");
  check({
      {create(kRole, approve), "own own-roles"},
      {create(namespaced, approve), "own own-roles"},
      {update(namespaced, approve, "{}"), "own own-roles"},
      {remove(namespaced, approve), "own own-roles"},
      {create(kRole, role(R"(["*"])", R"(["*"])", R"(["*"])")), "own own-roles"},
      {create(namespaced, role(R"(["*"])", R"(["*"])", R"(["*"])")), "own own-roles"},
      {create(kRole, role(R"(["*"])", R"(["approvalrequests/status"])", R"(["update"])")), "own own-roles"},
      {create(kRole, role(R"(["sallyport.dev"])", R"(["approvalpolicies"])", R"(["get","delete"])")), "own own-roles"},
      {create(kRole,
              role(R"([""])", R"(["serviceaccounts/token"])", R"(["create"])", R"(,"resourceNames":["sallyport"])")),
       "own own-roles"},
      // Look-alikes.
      {create(kRole, role(R"(["sallyport.dev"])", R"(["approvalrequests"])", R"(["get","list","watch"])")), ""},
      {create(kRole, role(R"(["*"])", R"(["pods"])", R"(["create"])")), ""},
      {create(namespaced, role(R"(["apps"])", R"(["*"])", R"(["*"])")), ""},
      {create(namespaced, role(R"(["certificates.k8s.io"])", R"(["signers"])", R"(["approve"])")), ""},
  });
}

std::string binding(std::string_view subjects, std::string_view role = "view") {
  return R"({"roleRef":{"kind":"ClusterRole","name":")" + std::string(role) + R"("},"subjects":)" +
         std::string(subjects) + "}";
}

TEST(Guard, BindingsOfOurRolesAndAccount) {
  const std::string kBinding = "rolebindings.rbac.authorization.k8s.io";
  const auto alice = R"([{"kind":"User","name":"alice"}])";
  check({
      {create(kBinding, binding(alice, "sallyport-approver")), "own own-roles"},
      {remove(kBinding, binding(alice, "sallyport-reviewer")), "own own-roles"},
      {create("clusterrolebindings.rbac.authorization.k8s.io", binding(alice, "cluster-admin")), "own own-roles"},
      {create(kBinding, binding(R"([{"kind":"ServiceAccount","namespace":"sallyport-system","name":"sallyport"}])")),
       "own own-roles"},
      {create(kBinding, binding(R"([{"kind":"User","name":"system:serviceaccount:sallyport-system:sallyport"}])")),
       "own own-roles"},
      {create(kBinding, binding(R"([{"kind":"Group","name":"system:serviceaccounts:sallyport-system"}])")),
       "own own-roles"},
      {create(kBinding, binding(alice)), "others rights"},
      {create(kBinding, binding(R"([{"kind":"User","name":"sallyport"}])")), "others rights"},
  });
}

TEST(Guard, BindingsThatNameOthers) {
  const std::string kBinding = "rolebindings.rbac.authorization.k8s.io";
  check({
      {create(kBinding, binding(R"([{"kind":"ServiceAccount","namespace":"prod","name":"web"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"ServiceAccount","name":"web"}])")), "others rights"},
      {update(kBinding, "{}", binding(R"([{"kind":"User","name":"system:serviceaccount:prod:web"}])")),
       "others rights"},
      {create(kBinding, binding(R"([{"kind":"Group","name":"system:serviceaccounts"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"Group","name":"system:serviceaccounts:prod"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"Group","name":"system:authenticated"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"User","name":"system:anonymous"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"ServiceAccount","namespace":"agents","name":"deployer"}])")), ""},
      {create(kBinding, binding(R"([{"kind":"ServiceAccount","namespace":"sandbox","name":"any"}])")), ""},
      {create(kBinding, binding(R"([{"kind":"Group","name":"system:serviceaccounts:sandbox"}])")), ""},
      {create(kBinding, binding(R"([{"kind":"Group","name":"developers"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"User","name":"bob"}])")), "others rights"},
      {create(kBinding, binding(R"([{"kind":"Group","name":"robots"}])")), ""},
      {create(kBinding, binding(R"([{"kind":"User","name":"ci-bot"}])")), ""},
      // Who was there before stays.
      {update(kBinding, binding(R"([{"kind":"User","name":"bob"},{"kind":"User","name":"eve"}])"),
              binding(R"([{"kind":"User","name":"bob"}])")),
       ""},
      {remove(kBinding, binding(R"([{"kind":"ServiceAccount","namespace":"prod","name":"web"}])")), ""},
  });
}

TEST(Guard, RolesThatMakeSomebodyElse) {
  const std::string kRole = "clusterroles.rbac.authorization.k8s.io";
  const std::string namespaced = "roles.rbac.authorization.k8s.io";
  const std::string found = "others rights";
  check({
      {create(kRole, role(R"([""])", R"(["users"])", R"(["impersonate"])")), found},
      {create(kRole, role(R"(["authentication.k8s.io"])", R"(["users"])", R"(["impersonate:user-info"])")), found},
      {create(namespaced, role(R"([""])", R"(["serviceaccounts"])", R"(["*"])")), found},
      {create(kRole, role(R"(["rbac.authorization.k8s.io"])", R"(["roles"])", R"(["bind"])")), found},
      {create(kRole, role(R"(["rbac.authorization.k8s.io"])", R"(["clusterroles"])", R"(["get","escalate"])")), found},
      {create(namespaced, role(R"(["rbac.authorization.k8s.io"])", R"(["*"])", R"(["*"])")), found},
      {create(kRole, role(R"([""])", R"(["nodes/proxy"])", R"(["get"])")), found},
      {create(kRole, role(R"([""])", R"(["*/proxy"])", R"(["get"])")), found},
      {create(kRole, role(R"([""])", R"(["*"])", R"(["get"])")), found},
      {create(kRole,
              role(R"(["admissionregistration.k8s.io"])", R"(["validatingwebhookconfigurations"])", R"(["patch"])")),
       found},
      {create(kRole, R"({"aggregationRule":{"clusterRoleSelectors":[]}})"), found},
      // Look-alikes.
      {create(namespaced, role(R"([""])", R"(["*"])", R"(["get","list"])")), ""},
      {create(kRole, role(R"([""])", R"(["nodes","pods/proxy"])", R"(["get"])")), ""},
      {create(kRole, role(R"([""])", R"(["configmaps"])", R"(["*"])")), ""},
      {create(kRole, role(R"(["rbac.authorization.k8s.io"])", R"(["roles"])", R"(["get","create"])")), ""},
      {create(kRole, role(R"(["admissionregistration.k8s.io"])", R"(["*"])", R"(["get","list","watch"])")), ""},
      {create(kRole, role(R"(["authentication.k8s.io"])", R"(["tokenreviews"])", R"(["*"])")), ""},
      {remove(kRole, role(R"([""])", R"(["users"])", R"(["impersonate"])")), ""},
  });
}

TEST(Guard, TokensAndTheirSecrets) {
  const auto secret = [](std::string_view type, std::string_view account) {
    return R"({"type":")" + std::string(type) +
           R"(","metadata":{"annotations":{"kubernetes.io/service-account.name":")" + std::string(account) + R"("}}})";
  };
  const std::string token = "kubernetes.io/service-account-token";
  check({
      {named(create("serviceaccounts/token"), "web"), "others token"},
      {named(create("serviceaccounts/token", "{}", "agents"), "default"), "others token"},
      {named(create("serviceaccounts/token", "{}", "agents"), "deployer"), ""},
      {named(create("serviceaccounts/token", "{}", "sandbox"), "any"), ""},
      {create("serviceaccounts"), ""},
      {create("secrets", secret(token, "web")), "others token-secret"},
      {create("secrets", R"({"type":"kubernetes.io/service-account-token"})"), "others token-secret"},
      {update("secrets", secret(token, "web"), secret(token, "web")), "others token-secret"},
      {remove("secrets", secret(token, "web")), "others token-secret"},
      {create("secrets", secret(token, "deployer"), "agents"), ""},
      {update("secrets", secret(token, "deployer"), secret(token, "web"), "agents"), "others token-secret"},
      {create("secrets", secret("Opaque", "web")), ""},
      {create("secrets", R"({"type":"bootstrap.kubernetes.io/token"})", "kube-system"), "others token-secret"},
  });
}

TEST(Guard, WhatRunsUnderAnotherAccount) {
  const auto pod = [](std::string_view account, std::string_view image = "a") {
    return R"({"spec":{"serviceAccountName":")" + std::string(account) + R"(","hostname":")" + std::string(image) +
           R"("}})";
  };
  const auto workload = [&](std::string_view account, std::string_view image = "a", std::string_view note = "n") {
    return R"({"metadata":{"annotations":{"note":")" + std::string(note) + R"("}},"spec":{"template":)" +
           pod(account, image) + "}}";
  };
  std::vector<GuardRow> cases = {
      {create("pods", pod("web")), "others account"},
      {create("pods", R"({"spec":{"serviceAccount":"web"}})"), "others account"},
      {create("pods", R"({"spec":{"serviceAccountName":"default","serviceAccount":"web"}})"), "others account"},
      {create("pods", pod("default")), ""},
      {create("pods", "{}"), ""},
      {create("pods", pod("deployer")), "others account"},
      {create("pods", pod("deployer"), "agents"), ""},
      {create("pods", pod("any"), "sandbox"), ""},
      {remove("pods", pod("web")), ""},
      {update("pods/ephemeralcontainers", pod("web"), pod("web", "b")), "others connects"},
      {create("pods", pod("default"), "kube-system"), "others account"},
      {create("podtemplates", R"({"template":)" + pod("web") + "}"), "others account"},
      {create("controllerrevisions.apps", R"({"data":)" + workload("web") + "}"), "others account"},
      {create("controllerrevisions.apps", R"({"data":)" + workload("default") + "}"), ""},
      // Its controller reads it by encoding/json, to which "Spec" is "spec".
      {create("controllerrevisions.apps", R"({"data":{"Spec":{"template":)" + pod("web", "a") + "}}}"),
       "others account"},
      {create("controllerrevisions.apps", R"({"data":{"spec":{"TEMPLATE":{}}}})"), "others account"},
      {create("controllerrevisions.apps", R"({"data":{"\u017fpec":{}}})"), "others account"},
      {create("controllerrevisions.apps", R"({"data":{"spec":{"template":{"Spec":{}}}}})"), "others account"},
      {create("controllerrevisions.apps", R"({"data":{"spec":{"template":{"spec":{"serviceaccountname":"web"}}}}})"),
       "others account"},
      {create("controllerrevisions.apps", R"({"data":{"Status":{},"spec":{"Selector":{}}}})"), ""},
      {update("pods/ephemeralcontainers", pod("default"), pod("default", "b")), ""},
      {create("cronjobs.batch", R"({"spec":{"jobTemplate":)" + workload("web") + "}}"), "others account"},
      {create("cronjobs.batch", R"({"spec":{"jobTemplate":)" + workload("default") + "}}"), ""},
      {create("rollouts.argoproj.io", workload("web")), ""},
  };
  for (const auto* what : {"replicationcontrollers", "deployments.apps", "replicasets.apps", "statefulsets.apps",
                           "daemonsets.apps", "jobs.batch"}) {
    cases.push_back({create(what, workload("web")), "others account"});
    cases.push_back({create(what, workload("default")), ""});
    cases.push_back({update(what, workload("default"), workload("web")), "others account"});
    cases.push_back({update(what, workload("web"), workload("web", "b")), "others account"});
    cases.push_back({update(what, workload("web"), workload("web", "a", "m")), ""});
    cases.push_back({update(what, workload("web"), workload("default")), ""});
  }
  check(cases);
}

TEST(Guard, CertificatesProxiesAndNamespaces) {
  const std::string csr = "certificatesigningrequests.certificates.k8s.io";
  check({
      {create(csr, "{}", ""), "others certificate"},
      {update(csr + "/approval", "{}", R"({"status":{"conditions":[{}]}})", ""), "others certificate"},
      {update(csr + "/status", "{}", R"({"status":{"certificate":"x"}})", ""), "others certificate"},
      {update(csr + "/status", "{}", "{}", ""), ""},
      {remove(csr, "{}", ""), ""},
      {update(csr, "{}", "{}", ""), ""},
      {connect("pods/proxy"), "others proxy"},
      {connect("services/proxy"), "others proxy"},
      {connect("nodes/proxy", ""), "others proxy"},
      {connect("pods/portforward"), ""},
      {named(remove("namespaces", "{}", "guarded"), "guarded"), "others policies"},
      {named(remove("namespaces", R"({"metadata":{"name":"guarded"}})", ""), ""), "others policies"},
      {named(remove("namespaces", "{}", "prod"), "prod"), ""},
      {named(update("namespaces", "{}", "{}", "guarded"), "guarded"), ""},
  });
}

// What the benchmark's rows rest on: most kinds are decided by the envelope, workloads by a fields.
TEST(Guard, LooksAtFewKinds) {
  for (const auto* what :
       {"configmaps", "services", "deployments.apps/scale", "deployments.apps/status", "ingresses.networking.k8s.io",
        "leases.coordination.k8s.io", "persistentvolumeclaims", "serviceaccounts", "pods/status"}) {
    EXPECT_EQ(guard().read_depth(update(what, "{}", "{}")), ReadDepth::envelope) << what;
  }
  EXPECT_EQ(guard().read_depth(create("deployments.apps")), ReadDepth::labels);
  EXPECT_EQ(guard().read_depth(remove("deployments.apps")), ReadDepth::envelope);
  EXPECT_EQ(guard().read_depth(create("deployments.apps", "{}", "sallyport-system")), ReadDepth::whole);
  EXPECT_EQ(guard().read_depth(create("secrets")), ReadDepth::whole);
}

TEST(Guard, AGlanceAtTheAccountsIsEnough) {
  const auto request = create("deployments.apps");
  EXPECT_TRUE(guard().passes(request, {}));
  EXPECT_TRUE(guard().passes(request, {{}, {}, {"default", ""}}));
  EXPECT_FALSE(guard().passes(request, {{}, {}, {"default", "web"}}));
  EXPECT_TRUE(guard().passes(create("deployments.apps", "{}", "agents"), {{}, {}, {"deployer"}}));
}

TEST(GuardMessage, NamesTheThingAndNoValue) {
  auto request = create("secrets", R"({"type":"kubernetes.io/service-account-token","data":{"token":"c2VjcmV0"}})");
  const auto findings = test::verdict_on(guard(), named(request, "loot")).findings;
  ASSERT_EQ(findings.size(), 1u);
  const auto& message = findings[0].message;
  EXPECT_TRUE(message.starts_with("An agent may not CREATE secrets \"loot\": ")) << message;
  EXPECT_FALSE(message.contains("c2VjcmV0"));
  EXPECT_TRUE(message.contains("Enforce"));
}

}  // namespace
}  // namespace sallyport::policy
