#include "kube/protection.hpp"

#include <set>

#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

const GateParts kParts{"gate", "requests", "policy", "binding"};

TEST(Protection, AsksOfEachIdentityWhateverWouldTakeTheGateAway) {
  model::Agent agent;
  agent.name = "deployer";
  agent.users = {"robot"};
  agent.groups = {"robots"};
  agent.service_accounts = {"agents/deployer"};
  agent.namespaces = {"bots"};
  const auto questions = questions_about(agent, kParts);
  EXPECT_EQ(questions.size(), 4u * 4 * 4);

  std::set<std::string> asked;
  for (const auto& question : questions) {
    asked.insert(question.who.username + "|" + question.who.groups.front() + "|" + question.verb + "|" +
                 std::string(question.collection.plural) + "|" + question.name);
  }
  for (const std::string who :
       {"robot|system:authenticated", "|robots", "system:serviceaccount:agents:deployer|system:serviceaccounts",
        "|system:serviceaccounts"}) {
    for (const std::string verb : {"update", "patch", "delete"}) {
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|validatingwebhookconfigurations|gate")) << who << verb;
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|mutatingwebhookconfigurations|requests")) << who << verb;
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|validatingadmissionpolicies|policy")) << who << verb;
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|validatingadmissionpolicybindings|binding")) << who << verb;
    }
    EXPECT_TRUE(asked.contains(who + "|deletecollection|validatingadmissionpolicies|")) << who;
  }
}

TEST(Protection, AnAccountHasItsNamespacesGroups) {
  model::Agent agent;
  agent.service_accounts = {"agents/deployer"};
  const std::vector<std::string> groups = {"system:serviceaccounts", "system:serviceaccounts:agents",
                                           "system:authenticated"};
  EXPECT_EQ(questions_about(agent, kParts).front().who.groups, groups);
}

}  // namespace
}  // namespace sallyport::kube
