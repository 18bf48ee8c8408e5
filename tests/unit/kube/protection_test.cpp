#include "kube/protection.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

const GateParts kParts{"gate", "requests", "ops", {"keys", "seal"}};

TEST(Protection, AsksOfEachIdentityWhateverLeadsAroundTheGate) {
  model::Agent agent;
  agent.name = "deployer";
  agent.users = {"robot"};
  agent.groups = {"robots"};
  agent.service_accounts = {"agents/deployer"};
  agent.namespaces = {"bots"};
  std::set<std::string> asked;
  for (const auto& question : questions_about(agent, kParts, true)) {
    asked.insert(question.who.username + "|" + question.who.groups.front() + "|" + question.verb + "|" +
                 question.right->resource + "|" + question.name);
    EXPECT_FALSE(question.right->only_unguarded);
  }
  for (const std::string who :
       {"robot|system:authenticated", "|robots", "system:serviceaccount:agents:deployer|system:serviceaccounts",
        "|system:serviceaccounts"}) {
    for (const std::string verb : {"update", "patch", "delete"}) {
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|validatingwebhookconfigurations|gate")) << who << verb;
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|mutatingwebhookconfigurations|requests")) << who << verb;
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|validatingadmissionpolicies|requests")) << who << verb;
      EXPECT_TRUE(asked.contains(who + "|" + verb + "|validatingadmissionpolicybindings|requests")) << who << verb;
    }
    EXPECT_TRUE(asked.contains(who + "|deletecollection|validatingadmissionpolicies|")) << who;
    EXPECT_TRUE(asked.contains(who + "|impersonate|users|")) << who;
    for (const std::string key : {"keys", "seal"}) EXPECT_TRUE(asked.contains(who + "|list|secrets|" + key)) << who;
  }
}

TEST(Protection, WhatTheGuardRefusesCountsOnceTheGateIsGone) {
  model::Agent agent;
  agent.users = {"robot"};
  const auto guarded = questions_about(agent, kParts, true);
  const auto bare = questions_about(agent, kParts, false);
  EXPECT_GT(bare.size(), guarded.size());
  EXPECT_TRUE(std::ranges::any_of(bare, [](const auto& each) { return each.right->resource == "apiservices"; }));
}

TEST(Protection, AnAccountHasItsNamespacesGroups) {
  model::Agent agent;
  agent.service_accounts = {"agents/deployer"};
  const std::vector<std::string> groups = {"system:serviceaccounts", "system:serviceaccounts:agents",
                                           "system:authenticated"};
  EXPECT_EQ(questions_about(agent, kParts, true).front().who.groups, groups);
}

}  // namespace
}  // namespace sallyport::kube
