#include "whatif/action_sketch.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "whatif/caller.hpp"

namespace sallyport::whatif {
namespace {

using model::Operation;

json::Value object(std::string_view text) {
  return *json::parse(text);
}

const json::Value kDeployment =
    object(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"api","namespace":"shop"}})");

TEST(ActionSketch, AManifestAloneIsACreate) {
  const auto request = admission_of({.manifest = kDeployment});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->operation, Operation::create);
  EXPECT_EQ(request->resource, (model::Resource{"apps", "v1", "deployments", ""}));
  EXPECT_EQ(request->namespace_name, "shop");
  EXPECT_EQ(request->name, "api");
  EXPECT_EQ(request->object, kDeployment);
  EXPECT_TRUE(request->old_object.is_null());
}

TEST(ActionSketch, WhatItWasMakesItAnUpdateAndNothingElseADelete) {
  EXPECT_EQ(admission_of({.manifest = kDeployment, .was = kDeployment})->operation, Operation::update);
  EXPECT_EQ(admission_of({.was = kDeployment})->operation, Operation::del);
  const auto deletion = admission_of({.manifest = kDeployment, .operation = Operation::del});
  EXPECT_TRUE(deletion->object.is_null());
  EXPECT_EQ(deletion->old_object, kDeployment);
  EXPECT_FALSE(admission_of({.manifest = kDeployment, .operation = Operation::update}));
}

TEST(ActionSketch, PartsOfObjectsAreToldByTheirKind) {
  const auto shell = admission_of({.manifest = object(R"({"apiVersion":"v1","kind":"PodExecOptions"})"),
                                   .namespace_name = "shop",
                                   .name = "api-0"});
  EXPECT_EQ(shell->operation, Operation::connect);
  EXPECT_EQ(to_string(shell->resource), "pods/exec");
  const auto token =
      admission_of({.manifest = object(R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest"})")});
  EXPECT_EQ(to_string(token->resource), "serviceaccounts/token");
  EXPECT_EQ(token->operation, Operation::create);
}

TEST(ActionSketch, KnowsWhatLivesInNoNamespace) {
  const auto role = admission_of(
      {.manifest =
           object(R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"r"}})")});
  EXPECT_EQ(role->namespace_name, "");
  const auto map =
      admission_of({.manifest = object(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"}})")});
  EXPECT_EQ(map->namespace_name, "default");
  const auto ns =
      admission_of({.manifest = object(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}})")});
  EXPECT_EQ(ns->namespace_name, "n");  // as the API server sends it
}

TEST(ActionSketch, AResourceMayBeNamed) {
  const auto scale = admission_of({.manifest = object(R"({"apiVersion":"autoscaling/v1","kind":"Scale"})"),
                                   .was = object(R"({"apiVersion":"autoscaling/v1","kind":"Scale"})"),
                                   .resource = "deployments.apps/scale"});
  EXPECT_EQ(to_string(scale->resource), "deployments.apps/scale");
  EXPECT_FALSE(admission_of({.manifest = object(R"({"metadata":{"name":"x"}})")}));
}

TEST(ActionSketch, GuessesResourcesAsTheApiNamesThem) {
  EXPECT_EQ(usual_resource("NetworkPolicy"), "networkpolicies");
  EXPECT_EQ(usual_resource("Ingress"), "ingresses");
  EXPECT_EQ(usual_resource("StorageClass"), "storageclasses");
  EXPECT_EQ(usual_resource("Endpoints"), "endpoints");
  EXPECT_EQ(usual_resource("Gateway"), "gateways");
  EXPECT_EQ(usual_resource("Pod"), "pods");
}

TEST(Caller, IsWhomTheApiServerWouldName) {
  const model::Agent agent{.name = "a", .service_accounts = {"agents/deployer"}};
  const auto user = caller_of(agent);
  EXPECT_EQ(user.username, "system:serviceaccount:agents:deployer");
  EXPECT_EQ(user.groups, (std::vector<std::string>{"system:serviceaccounts", "system:serviceaccounts:agents",
                                                   "system:authenticated"}));
  EXPECT_EQ(caller_of({.name = "a", .namespaces = {"bots"}}).username, "system:serviceaccount:bots:default");
  EXPECT_EQ(caller_of({.name = "a", .groups = {"robots"}}).username, "");
}

}  // namespace
}  // namespace sallyport::whatif
