#include "doctor/grants.hpp"

#include <gmock/gmock.h>

#include "json/json.hpp"

namespace sallyport::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A role with one rule, bound to one subject, in one namespace or (empty) in the cluster.
RbacObjects bound(const std::string& rule, const std::string& subject, const std::string& where = "") {
  RbacObjects objects;
  const auto parse = [](const std::string& text) { return json::parse(text).value(); };
  objects.cluster_roles = parse(R"({"items": [{"metadata": {"name": "r"}, "rules": [)" + rule + "]}]}");
  const std::string binding = R"({"items": [{"metadata": {"name": "b", "namespace": ")" + where +
                              R"("}, "roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [)" + subject +
                              "]}]}";
  (where.empty() ? objects.cluster_role_bindings : objects.role_bindings) = parse(binding);
  return objects;
}

const std::string kAccount = R"({"kind": "ServiceAccount", "namespace": "agents", "name": "deployer"})";

struct Grants : testing::Test {
  Grants() {
    agent.name = "deployer";
    agent.service_accounts = {"agents/deployer"};
    secrets.resource = "secrets";
    secrets.verbs = {"get", "list"};
    impersonate.resource = "users";
    impersonate.verbs = {"impersonate"};
    token.resource = "serviceaccounts";
    token.subresource = "token";
    token.verbs = {"create"};
  }
  // "verb resource namespace name by binding"
  std::vector<std::string> found(const RbacObjects& objects) {
    std::vector<std::string> all;
    for (const auto& [question, binding] : suspicions(agent, objects, {&secrets, &impersonate, &token})) {
      all.push_back(question.verb + " " + question.right->resource + " " + question.namespace_name + " " +
                    question.name + " by " + binding);
    }
    return all;
  }

  model::Agent agent;
  kube::Right secrets, impersonate, token;
};

TEST_F(Grants, ARightInOneNamespaceIsAskedAboutThere) {
  const auto rule = R"({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})";
  EXPECT_THAT(found(bound(rule, kAccount, "payments")),
              ElementsAre("get secrets payments  by rolebinding b -n payments"));
}

TEST_F(Grants, ARightForOneNameIsAskedAboutByIt) {
  const auto rule =
      R"({"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["alice"]})";
  EXPECT_THAT(found(bound(rule, kAccount)), ElementsAre("impersonate users  alice by clusterrolebinding b"));
  // What has no namespace is given by no RoleBinding.
  EXPECT_THAT(found(bound(rule, kAccount, "payments")), IsEmpty());
}

TEST_F(Grants, StarsAreAll) {
  EXPECT_EQ(found(bound(R"({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})", kAccount)).size(), 4u);
  EXPECT_THAT(found(bound(R"({"apiGroups": [""], "resources": ["*/token"], "verbs": ["*"]})", kAccount)),
              ElementsAre("create serviceaccounts   by clusterrolebinding b"));
}

TEST_F(Grants, AnotherAccountIsNotTheAgent) {
  const auto rule = R"({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})";
  EXPECT_THAT(found(bound(rule, R"({"kind": "ServiceAccount", "namespace": "other", "name": "deployer"})")), IsEmpty());
  EXPECT_THAT(found(bound(rule, R"({"kind": "User", "name": "deployer"})")), IsEmpty());
}

TEST_F(Grants, OfAListedNamespaceEachAccountAndItsGroupsAreTheAgent) {
  agent.service_accounts.clear();
  agent.namespaces = {"agents"};
  const auto rule = R"({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})";
  EXPECT_EQ(found(bound(rule, kAccount)).size(), 1u);
  EXPECT_EQ(found(bound(rule, R"({"kind": "Group", "name": "system:serviceaccounts:agents"})")).size(), 1u);
}

}  // namespace
}  // namespace sallyport::doctor
