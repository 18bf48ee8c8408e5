#include "cli/agents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<model::Agent> kAgents = {{.name = "deployer", .service_accounts = {"agents/deployer"}},
                                           {.name = "ci", .groups = {"ci-bots"}, .namespaces = {"ci"}}};

TEST(Agents, WhoeverIsNamedIsOne) {
  EXPECT_EQ(agent_of({.agent = "deployer", .user = "", .groups = {}}, kAgents), "deployer");
  EXPECT_EQ(agent_of({.agent = "", .user = "system:serviceaccount:agents:deployer", .groups = {}}, kAgents),
            "deployer");
  EXPECT_EQ(agent_of({.agent = "ci", .user = "system:serviceaccount:ci:any", .groups = {}}, kAgents), "ci");
  EXPECT_EQ(agent_of({.agent = "", .user = "bot-7", .groups = {"ci-bots"}}, kAgents), "ci");
  EXPECT_EQ(agent_of({}, kAgents), "");
}

TEST(Agents, OrItIsSaidThatItIsNone) {
  const auto misspelt = agent_of({.agent = "depoyer", .user = "", .groups = {}}, kAgents);
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().exit, Exit::no_such_agent);
  EXPECT_EQ(misspelt.error().sentence, "there is no agent depoyer here; did you mean deployer?");
  const auto person = agent_of({.agent = "", .user = "alice", .groups = {}}, kAgents);
  ASSERT_FALSE(person);
  EXPECT_EQ(person.error().exit, Exit::no_agent);
  EXPECT_THAT(person.error().sentence,
              HasSubstr("alice is a person, and no agent: what it does is never gated; if it is"));
  const auto known = agent_of({.agent = "", .user = "alice", .groups = {"people"}}, kAgents);
  ASSERT_FALSE(known);
  EXPECT_THAT(known.error().sentence, Not(HasSubstr("--as-user-group")));
  const auto account = agent_of({.agent = "", .user = "system:serviceaccount:prod:api", .groups = {}}, kAgents);
  ASSERT_FALSE(account);
  EXPECT_THAT(account.error().sentence, HasSubstr("is no agent's account"));
  const auto other = agent_of({.agent = "ci", .user = "system:serviceaccount:agents:deployer", .groups = {}}, kAgents);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().exit, Exit::usage);
}

TEST(Agents, AnInstallationHasANamespaceAndAName) {
  const auto read = read_installation("apps/gate");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->namespace_name, "apps");
  EXPECT_EQ(read->name, "gate");
  for (const auto* typed : {"", "apps", "/gate", "apps/"}) EXPECT_FALSE(read_installation(typed)) << typed;
}

}  // namespace
}  // namespace sallyport::cli
