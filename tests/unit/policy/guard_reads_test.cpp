// What the guard says only with a look at the cluster: who a connection acts as, and who holds a role.
#include <gtest/gtest.h>

#include "unit/policy/guard_rows.hpp"

namespace sallyport::policy {
namespace {

using test::connect;
using test::create;
using test::guard;
using test::update;

const std::string kClusterRole = "clusterroles.rbac.authorization.k8s.io";
const std::string kRole = "roles.rbac.authorization.k8s.io";
constexpr const char* kPlain =
    R"({"metadata":{"name":"x"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]})";
constexpr const char* kMore =
    R"({"metadata":{"name":"x"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]},)"
    R"({"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]})";
constexpr const char* kLabelled =
    R"({"metadata":{"name":"x","labels":{"to-edit":"true"}},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]})";

std::optional<GuardQuestion> question(const model::AdmissionRequest& request) {
  return test::verdict_on(guard(), request, {}).question;
}

std::string found_with(const model::AdmissionRequest& request, GuardReads reads) {
  return test::found(guard(), request, reads);
}

GuardReads pod_of(std::string account) {
  return {.pod = GuardReads::Pod{.account = std::move(account)}, .holders = {}};
}

GuardReads held_by(std::vector<model::RoleHolder> holders) {
  return {.pod = {}, .holders = std::move(holders)};
}

TEST(GuardReads, AConnectionActsAsItsPod) {
  for (const auto* part : {"pods/exec", "pods/attach", "pods/portforward"}) {
    const auto asked = question(connect(part));
    ASSERT_TRUE(asked) << part;
    EXPECT_EQ(std::get<PodName>(asked->about), (PodName{"prod", "x"}));
    EXPECT_EQ(found_with(connect(part), pod_of("builder")), "others connects");
    EXPECT_EQ(found_with(connect(part), pod_of("default")), "");
    EXPECT_EQ(found_with(connect(part, "agents"), pod_of("deployer")), "");
    EXPECT_EQ(found_with(connect(part, "kube-system"), pod_of("default")), "others connects");
  }
  GuardReads gone{.pod = GuardReads::Pod{.is_there = false, .account = {}}, .holders = {}};
  EXPECT_EQ(found_with(connect("pods/exec", "kube-system"), gone), "");
}

TEST(GuardReads, ARoleGoesByWhatItAddsAndWhoHoldsIt) {
  const auto asked = question(create(kClusterRole, kLabelled, ""));
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::get<model::RoleName>(asked->about), (model::RoleName{"", "x", {{"to-edit", "true"}}}));
  EXPECT_EQ(asked->covered_by, model::Effects{model::Effect::identity});

  const model::RoleHolder agent{"ServiceAccount", "agents", "deployer"};
  const std::vector<std::vector<model::RoleHolder>> strangers = {
      {{"Group", "", "system:unauthenticated"}}, {agent, {"User", "", "bob"}}, {{"ServiceAccount", "prod", "web"}}};
  for (const auto& request : {create(kClusterRole, kPlain, ""), create(kRole, kPlain), update(kRole, kPlain, kMore),
                              update(kClusterRole, kPlain, kLabelled, "")}) {
    EXPECT_TRUE(question(request));
    EXPECT_EQ(found_with(request, held_by({})), "");
    EXPECT_EQ(found_with(request, held_by({agent})), "");
    for (const auto& holders : strangers) EXPECT_EQ(found_with(request, held_by(holders)), "others rights");
  }
}

TEST(GuardReads, WhatOnlyTakesAwayAsksNothing) {
  for (const auto& request :
       {update(kRole, kMore, kPlain), update(kRole, kPlain, kPlain), update(kClusterRole, kLabelled, kPlain, ""),
        create(kRole, R"({"metadata":{"name":"x"},"rules":[]})"), test::remove(kRole, kPlain)}) {
    EXPECT_FALSE(question(request));
    EXPECT_EQ(found_with(request, {}), "");
  }
}

}  // namespace
}  // namespace sallyport::policy
