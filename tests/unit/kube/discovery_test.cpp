#include "kube/discovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::kube {
namespace {

using testing::ElementsAre;

json::Value document(const std::string& text) {
  return json::parse(text).value();
}

TEST(Discovery, ReadsAnAggregatedDocument) {
  model::Served served;
  const auto added = add_served(
      document(
          R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1","freshness":"Current",)"
          R"("resources":[{"resource":"deployments","scope":"Namespaced","singularResource":"deployment","verbs":["create"],)"
          R"("subresources":[{"subresource":"scale","verbs":["get","update"]}]}]}]},)"
          R"({"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]})"),
      served);
  ASSERT_TRUE(added) << added.error().message();
  ASSERT_TRUE(
      add_served(document(R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1",)"
                          R"("resources":[{"resource":"nodes","scope":"Cluster"}]}]}]})"),
                 served));
  ASSERT_EQ(served.groups.size(), 3u);
  const auto& apps = served.groups.at("apps").at(0);
  EXPECT_EQ(apps.name, "v1");
  EXPECT_TRUE(apps.is_known);
  EXPECT_EQ(apps.resources.at(0).name, "deployments");
  EXPECT_EQ(apps.resources[0].singular, "deployment");
  EXPECT_TRUE(apps.resources[0].namespaced);
  EXPECT_EQ(apps.resources[0].parts.at(0).name, "scale");
  EXPECT_THAT(apps.resources[0].parts[0].verbs, ElementsAre("get", "update"));
  EXPECT_FALSE(served.groups.at("metrics.k8s.io").at(0).is_known);
  EXPECT_FALSE(served.groups.at("").at(0).resources.at(0).namespaced);
}

// An API server that does not aggregate answers with names of groups alone: of those it cannot be told what is missing.
TEST(Discovery, AnotherDocumentTellsNothing) {
  model::Served served;
  EXPECT_FALSE(add_served(document(R"({"kind":"APIGroupList","groups":[{"name":"apps"}]})"), served));
  EXPECT_FALSE(add_served(json::Value(), served));
}

}  // namespace
}  // namespace sallyport::kube
