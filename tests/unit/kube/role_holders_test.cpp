#include "kube/role_holders.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::kube {
namespace {

using Names = std::set<std::string>;

json::Value parsed(std::string_view text) {
  return json::parse(text).value();
}

// "base" is gathered by "edit" for a label, "edit" by "admin", and "odd" gathers by a selector of tomorrow.
const auto kRoles = parsed(R"({"items":[
  {"metadata":{"name":"base","labels":{"to-edit":"true"}}},
  {"metadata":{"name":"edit","labels":{"to-admin":"true"}},
   "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"never":"x"}},{"matchLabels":{"to-edit":"true"}}]}},
  {"metadata":{"name":"admin"},"aggregationRule":{"clusterRoleSelectors":[{"matchExpressions":[{"key":"to-admin","operator":"Exists"}]}]}},
  {"metadata":{"name":"view"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"to-view":"true"}}]}}]})");

TEST(RoleHolders, WhatGathersARoleHasItsRules) {
  EXPECT_EQ(names_with_rules_of({"", "base", {{"to-edit", "true"}}}, kRoles), (Names{"base", "edit", "admin"}));
  EXPECT_EQ(names_with_rules_of({"", "new", {{"to-view", "true"}, {"a", "b"}}}, kRoles), (Names{"new", "view"}));
  EXPECT_EQ(names_with_rules_of({"", "new", {{"to-view", "false"}}}, kRoles), (Names{"new"}));
  EXPECT_EQ(names_with_rules_of({"", "new", {}}, parsed("{}")), (Names{"new"}));
}

TEST(RoleHolders, ASelectorThatCannotBeReadGathersEverything) {
  const auto odd = parsed(R"({"items":[{"metadata":{"name":"odd"},"aggregationRule":{"clusterRoleSelectors":[
    {"matchExpressions":[{"key":"a","operator":"Resembles"}]}]}}]})");
  EXPECT_EQ(names_with_rules_of({"", "new", {}}, odd), (Names{"new", "odd"}));
}

TEST(RoleHolders, RolesThatGatherEachOtherEnd) {
  const auto ring = parsed(R"({"items":[
    {"metadata":{"name":"a","labels":{"x":"y"}},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"x":"y"}}]}},
    {"metadata":{"name":"b","labels":{"x":"y"}},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"x":"y"}}]}}]})");
  EXPECT_EQ(names_with_rules_of({"", "a", {{"x", "y"}}}, ring), (Names{"a", "b"}));
}

TEST(RoleHolders, SubjectsAreThoseOfTheBindingsOfTheRole) {
  const auto bindings = parsed(R"({"items":[
    {"metadata":{"namespace":"prod"},"roleRef":{"kind":"ClusterRole","name":"edit"},
     "subjects":[{"kind":"ServiceAccount","name":"web"},{"kind":"User","name":"bob"}]},
    {"metadata":{"namespace":"test"},"roleRef":{"kind":"ClusterRole","name":"edit"},"subjects":[{"kind":"User","name":"bob"}]},
    {"metadata":{"namespace":"test"},"roleRef":{"kind":"Role","name":"edit"},"subjects":[{"kind":"User","name":"eve"}]},
    {"metadata":{"namespace":"test"},"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"Group","name":"all"}]},
    {"metadata":{"namespace":"test"},"roleRef":{"kind":"ClusterRole","name":"edit"}}]})");
  EXPECT_EQ(holders_in(bindings, "ClusterRole", {"edit"}),
            (std::vector<model::RoleHolder>{{"ServiceAccount", "prod", "web"}, {"User", "", "bob"}}));
  EXPECT_EQ(holders_in(bindings, "Role", {"edit"}), (std::vector<model::RoleHolder>{{"User", "", "eve"}}));
  EXPECT_TRUE(holders_in(bindings, "Role", {"view"}).empty());
}

}  // namespace
}  // namespace sallyport::kube
