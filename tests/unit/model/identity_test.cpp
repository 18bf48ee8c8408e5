#include "model/identity.hpp"

#include <gtest/gtest.h>

namespace sallyport::model {
namespace {

User user(std::string name, std::vector<std::string> groups = {}) {
  User user;
  user.username = std::move(name);
  user.groups = std::move(groups);
  return user;
}

std::vector<Agent> agents() {
  Agent deployer;
  deployer.name = "deployer";
  deployer.users = {"deploy-bot"};
  deployer.service_accounts = {"agents/deployer", "ci/runner"};
  Agent crowd;
  crowd.name = "crowd";
  crowd.groups = {"bots"};
  crowd.namespaces = {"sandbox"};
  return {deployer, crowd};
}

TEST(FindAgent, ByEachKindOfIdentity) {
  struct Case {
    User user;
    std::string agent;  // "": none
  };
  const Case cases[] = {
      {user("deploy-bot"), "deployer"},
      {user("system:serviceaccount:agents:deployer"), "deployer"},
      {user("system:serviceaccount:ci:runner"), "deployer"},
      {user("alice", {"people", "bots"}), "crowd"},
      {user("system:serviceaccount:sandbox:anything"), "crowd"},
      // Look-alikes.
      {user("deploy-bot2"), ""},
      {user("deploy"), ""},
      {user("Deploy-bot"), ""},
      {user("agents/deployer"), ""},
      {user("system:serviceaccount:agents:deployer2"), ""},
      {user("system:serviceaccount:agents:runner"), ""},
      {user("system:serviceaccount:sandbox2:x"), ""},
      {user("system:serviceaccount:sandbox"), ""},
      {user("system:serviceaccount:sandbox:x:y"), ""},
      {user("alice", {"bots2"}), ""},
      {user("bots"), ""},
      {user(""), ""},
      {user("", {"bots"}), ""},
  };
  const auto list = agents();
  for (const auto& each : cases) {
    const auto* found = find_agent(list, each.user);
    EXPECT_EQ(found == nullptr ? "" : found->name, each.agent) << each.user.username;
  }
}

TEST(ServiceAccount, TakenApartOnlyIfWhole) {
  const auto account = service_account("system:serviceaccount:agents:deployer");
  EXPECT_EQ(account.namespace_name, "agents");
  EXPECT_EQ(account.name, "deployer");
  for (const auto* text : {"", "alice", "system:serviceaccount:", "system:serviceaccount:a", "system:serviceaccount::b",
                           "system:serviceaccount:a:", "system:serviceaccount:a:b:c", "system:serviceaccounts:a:b",
                           "xsystem:serviceaccount:a:b"}) {
    EXPECT_TRUE(service_account(text).name.empty()) << text;
    EXPECT_TRUE(service_account(text).namespace_name.empty()) << text;
  }
}

}  // namespace
}  // namespace sallyport::model
