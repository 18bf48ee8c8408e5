#include "policy/rules.hpp"

#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using test::resource;
using test::rule;

TEST(Rules, ResourcesAreReadAsTheApiServerReadsThem) {
  struct Case {
    std::string listed;
    std::string asked;
    bool covered;
  };
  const Case cases[] = {
      {"pods", "pods", true},
      {"pods", "pods/exec", false},
      {"pods", "podtemplates", false},
      {"pods/exec", "pods/exec", true},
      {"pods/exec", "pods", false},
      {"pods/exec", "pods/attach", false},
      {"*", "pods", true},
      {"*", "pods/exec", false},
      {"*/*", "pods", true},
      {"*/*", "pods/exec", true},
      {"pods/*", "pods", true},
      {"pods/*", "pods/exec", true},
      {"pods/*", "nodes/proxy", false},
      {"*/scale", "deployments/scale", true},
      {"*/scale", "deployments", false},
      {"*/scale", "deployments/status", false},
      {"", "pods", false},
      {"p*", "pods", false},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(covers(rule({"*"}, "", {each.listed}), resource(each.asked)), each.covered)
        << each.listed << " on " << each.asked;
  }
}

TEST(Rules, GroupsAreEqualOrAny) {
  EXPECT_TRUE(covers(rule({"*"}, "apps", {"deployments"}), resource("deployments.apps")));
  EXPECT_TRUE(covers(rule({"*"}, "*", {"deployments"}), resource("deployments.apps")));
  EXPECT_FALSE(covers(rule({"*"}, "", {"deployments"}), resource("deployments.apps")));
  EXPECT_FALSE(covers(rule({"*"}, "apps", {"deployments"}), resource("deployments")));
  EXPECT_FALSE(covers(rule({"*"}, "app", {"deployments"}), resource("deployments.apps")));
}

TEST(Rules, NoVersionIsAWayAround) {
  const auto listed = rule({"*"}, "autoscaling", {"horizontalpodautoscalers"}, {"v2"});
  auto asked = resource("horizontalpodautoscalers.autoscaling");
  asked.version = "v1";
  EXPECT_TRUE(covers(listed, asked));
  EXPECT_FALSE(names_version(listed, "v1"));
  EXPECT_TRUE(names_version(listed, "v2"));
}

TEST(Rules, OperationsAreEqualOrAny) {
  EXPECT_TRUE(covers(rule({"CREATE", "DELETE"}, "", {"pods"}), model::Operation::del));
  EXPECT_FALSE(covers(rule({"CREATE", "DELETE"}, "", {"pods"}), model::Operation::update));
  EXPECT_TRUE(covers(rule({"*"}, "", {"pods"}), model::Operation::connect));
  EXPECT_FALSE(covers(rule({}, "", {"pods"}), model::Operation::create));
}

}  // namespace
}  // namespace sallyport::policy
