#include "cli/gist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/requests.hpp"

namespace sallyport::cli {
namespace {

using model::ActionRecord;
using model::Operation;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

ActionRecord action_on(model::Resource resource, std::string name, Operation operation,
                       std::vector<model::ShownChange> changes = {}) {
  ActionRecord action;
  action.kubernetes()->operation = operation;
  action.kubernetes()->target = {std::move(resource), "payments", std::move(name), "uid"};
  action.changes = std::move(changes);
  return action;
}

const model::Resource kDeployments{"apps", "v1", "deployments", ""};

std::string gist(const ActionRecord& action) {
  return gist_of(action, 160);
}

TEST(Gist, IsTheObjectAndWhatIsDone) {
  EXPECT_EQ(gist(pending_request().spec.action), "deployments/api: image api:1 -> api:2");
  EXPECT_EQ(gist(action_on({"", "v1", "namespaces", ""}, "old", Operation::del)), "namespaces/old: delete");
  EXPECT_EQ(gist(action_on({"", "v1", "pods", "eviction"}, "api-0", Operation::create)), "pods/api-0: create eviction");
  EXPECT_EQ(gist(action_on({"evil.example", "v1", "secrets", ""}, "x", Operation::create)),
            "secrets.evil.example/x: create");
  EXPECT_EQ(
      gist(action_on({"apps", "v1", "deployments", "scale"}, "api", Operation::update, {{"spec.replicas", "0", "3"}})),
      "deployments/api: scale, replicas 0 -> 3");
  EXPECT_EQ(gist(action_on(kDeployments, "api", Operation::update)), "deployments/api");
}

TEST(Gist, OfAConnectionIsTheCommand) {
  auto exec = action_on({"", "v1", "pods", "exec"}, "api-0", Operation::connect);
  exec.kubernetes()->connect = model::Connect{.command = {"psql", "-c", "select 1"}, .stdin_attached = true, .pod = {}};
  EXPECT_EQ(gist(exec), "pods/api-0: exec [psql -c 'select 1'] with stdin");
  EXPECT_EQ(gist(action_on({"", "v1", "nodes", "proxy"}, "n1", Operation::connect)),
            "nodes/n1: anything through this proxy");
  EXPECT_EQ(gist(action_on({"", "v1", "pods", "portforward"}, "api-0", Operation::connect)), "pods/api-0: portforward");
}

TEST(Gist, OfANewObjectIsWhatItHolds) {
  EXPECT_EQ(gist(action_on({"", "v1", "pods", ""}, "p", Operation::create,
                           {{"spec.hostNetwork", std::nullopt, "true"},
                            {"spec.containers[0].image", std::nullopt, "a:1"},
                            {"spec.containers[1].image", std::nullopt, "b:1"},
                            {"spec.containers[0].command[0]", std::nullopt, "sh"},
                            {"metadata.name", std::nullopt, "p"}})),
            "pods/p: create, hostNetwork true, image a:1 b:1, command sh, name p");
}

TEST(Gist, NamesTheKeyThatTells) {
  EXPECT_EQ(gist(action_on({"rbac.authorization.k8s.io", "v1", "rolebindings", ""}, "b", Operation::create,
                           {{"roleRef.name", std::nullopt, "admin"},
                            {"subjects[0].name", std::nullopt, "eve"},
                            {"spec.c[0].securityContext.capabilities.add[0]", std::nullopt, "SYS_ADMIN"},
                            {"spec.volumes[0].hostPath.path", std::nullopt, "/"},
                            {"spec.env[0].value", std::nullopt, "v"}})),
            "rolebindings/b: create, roleRef.name admin, subjects.name eve, capabilities.add SYS_ADMIN, "
            "hostPath.path /, env.value v");
}

TEST(Gist, WhatIsGraveIsSaidHoweverLittleRoomThereIs) {
  auto action = action_on(kDeployments, "api", Operation::update,
                          {{"spec.template.spec.hostPID", std::nullopt, "true"},
                           {"spec.template.spec.containers[0].securityContext.privileged", "false", "true"},
                           {"spec.template.spec.containers[0].image", "a:1", "a:2"},
                           {"spec.template.spec.containers[0].command[0]", "a", "b"},
                           {"metadata.labels.x", "a", "b"},
                           {"metadata.labels.y", "a", "b"}});
  EXPECT_EQ(gist_of(action, 20),
            "deployments/api: hostPID true, privileged false -> true, 4 more: image, command, ...");
  EXPECT_EQ(gist_of(action, 100),
            "deployments/api: hostPID true, privileged false -> true, image a:1 -> a:2, command a -> b, x a -> b, "
            "1 more: y");
}

TEST(Gist, WhatTheGuardWouldRefuseIsSaidFirst) {
  auto action = action_on({"", "v1", "pods", ""}, "p", Operation::create, {{"spec.hostPID", std::nullopt, "true"}});
  action.kubernetes()->guarded = {"node-reach", "account"};
  EXPECT_EQ(gist_of(action, 20), "pods/p: guarded: node reach, account; create, hostPID true");
}

// Its effects hang on more than a path, and a table that is older or newer than the one it was made by.
TEST(Gist, TheOrderIsTheOneThatStandsInTheRequest) {
  EXPECT_EQ(gist(action_on(kDeployments, "api", Operation::update,
                           {{"spec.replicas", "3", "0"}, {"spec.template.spec.hostPID", std::nullopt, "true"}})),
            "deployments/api: replicas 3 -> 0, hostPID true");
}

TEST(Gist, WhatIsSwitchedOffIsNotGrave) {
  EXPECT_EQ(gist_of(action_on(kDeployments, "api", Operation::update,
                              {{"spec.template.spec.containers[0].securityContext.privileged", "true", "false"}}),
                    10),
            "deployments/api: 1 more: privileged");
}

TEST(Gist, SaysTheSameOnce) {
  std::vector<model::ShownChange> changes;
  for (int i = 0; i < 36; ++i)
    changes.push_back({"spec.containers[" + std::to_string(i) + "].image", "r/a:1", "r/a:2"});
  EXPECT_EQ(gist(action_on(kDeployments, "api", Operation::update, changes)),
            "deployments/api: image r/a:1 -> r/a:2 (36 times)");
}

TEST(Gist, ManyValuesOfOneKeyAreCutAndCounted) {
  std::vector<model::ShownChange> changes;
  for (int i = 0; i < 100; ++i) {
    changes.push_back({"rules[0].verbs[" + std::to_string(i) + "]", std::nullopt, "verb" + std::to_string(100 + i)});
  }
  const auto text = gist(action_on(kDeployments, "r", Operation::create, changes));
  EXPECT_TRUE(text.starts_with("deployments/r: create, rules.verbs verb100 verb101 ")) << text;
  EXPECT_THAT(text, EndsWith(" and 80 others"));
}

TEST(Gist, NeverGrowsWithoutEnd) {
  std::vector<model::ShownChange> changes;
  for (int i = 0; i < 256; ++i) {
    changes.push_back({"rules[" + std::to_string(i) + "].verbs", "a" + std::string(200, 'x'), "b" + std::to_string(i)});
  }
  const auto text = gist(action_on(kDeployments, "r", Operation::update, changes));
  EXPECT_LT(text.size(), 1200u);
  EXPECT_THAT(text, HasSubstr(" more: rules"));
}

TEST(Gist, OfASecretHidesValuesAndSaysWhyItAsks) {
  const auto secret = [](Operation operation) {
    return action_on({"", "v1", "secrets", ""}, "db", operation,
                     {{.path = "data.password", .redacted = true}, {.path = "data.user", .redacted = true}});
  };
  EXPECT_EQ(gist(secret(Operation::update)),
            "secrets/db: hidden password, user, the answer shows the agent its values");
  EXPECT_EQ(gist(secret(Operation::create)), "secrets/db: create, hidden password, user");
}

TEST(Gist, SaysThatNotAllCanBeShownAndNothingOfWhatIsIgnored) {
  auto action = pending_request().spec.action;
  action.changes.push_back({.path = "note", .to = "x", .ignored = true});
  action.truncated = true;
  EXPECT_EQ(gist(action), "deployments/api: image api:1 -> api:2, the rest is too large to show");
}

TEST(Gist, LongValuesAreCutPlainOnesSooner) {
  auto action =
      action_on(kDeployments, "api", Operation::update,
                {{"image", "a:1", std::string(200, 'i')}, {"metadata.annotations.x", "a", std::string(200, 'v')}});
  const auto text = gist_of(action, 1000);
  EXPECT_THAT(text, HasSubstr(std::string(157, 'i') + "..., x a -> " + std::string(37, 'v') + "..."));
}

TEST(Gist, OfAnActionOfAnotherVersionIsItsSummary) {
  auto action = pending_request().spec.action;
  action.of_type = model::UnknownAction{"Grant", "type Grant", {}};
  action.summary = "GRANT admin\x1b[2J";
  EXPECT_EQ(gist(action), "GRANT admin\\u001b[2J");
}

TEST(Gist, APlaceThatCannotBeReadStandsAsItIs) {
  EXPECT_EQ(gist(action_on(kDeployments, "api", Operation::update, {{"(everything)", "a", "b"}})),
            "deployments/api: (everything) a -> b");
}

}  // namespace
}  // namespace sallyport::cli
