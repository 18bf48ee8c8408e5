#include "kube/protection.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "fake_api_server.hpp"
#include "json/json.hpp"

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
    EXPECT_EQ(question.right->when, Right::While::always);
    EXPECT_FALSE(question.right->is_hint);
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

// Agents with so many users, asked about on an API server that allows what is in `given`: "user verb resource".
struct Rounds : testing::Test {
  void with_users(int count) {
    model::Agent agent{.name = "many"};
    for (int i = 0; i < count; ++i) agent.users.push_back("user-" + std::to_string(i));
    all = questions_about(agent, kParts, true).size();
    rounds.emplace(*api, std::vector{std::move(agent)}, kParts);
  }
  FakeApiServer::Answer answer(const FakeApiServer::Call& call) {
    if (failing) return {.status = 500, .body = {}, .headers = {}};
    const auto spec = json::parse(call.body).value_or(json::Value())["spec"];
    const auto& what = spec["resourceAttributes"];
    asked.push_back(call.body);
    const bool allowed =
        given.contains(fmt::format("{} {} {}", spec["user"].text(), what["verb"].text(), what["resource"].text()));
    return {.status = 201, .body = fmt::format(R"({{"status":{{"allowed":{}}}}})", allowed), .headers = {}};
  }
  // The number of calls that a share took.
  std::size_t ask() {
    const auto before = asked.size();
    EXPECT_TRUE(run(io, rounds->ask(true)));
    return asked.size() - before;
  }
  void ask_until_known() {
    while (!rounds->is_known()) ask();
  }

  std::set<std::string> given;
  bool failing = false;
  std::vector<std::string> asked;
  std::size_t all = 0;
  boost::asio::io_context io;
  FakeApiServer server{io, [this](const FakeApiServer::Call& call) { return answer(call); }};
  std::unique_ptr<Api> api = server.make_api(io.get_executor());
  std::optional<RightsRounds> rounds;
};

TEST_F(Rounds, HoweverManyIdentitiesThereAreAShareIsBounded) {
  with_users(40);
  ASSERT_GT(all, RightsRounds::kShares * RightsRounds::kMostAtOnce);
  std::size_t shares = 0;
  for (; !rounds->is_known(); ++shares) EXPECT_LE(ask(), RightsRounds::kMostAtOnce);
  EXPECT_EQ(rounds->why_unprotected(), std::nullopt);
  EXPECT_EQ(shares, (all + RightsRounds::kMostAtOnce - 1) / RightsRounds::kMostAtOnce);
  EXPECT_EQ(std::set(asked.begin(), asked.end()).size(), all);
  EXPECT_LT(asked.size(), all + RightsRounds::kMostAtOnce);  // the last share is a whole one
}

TEST_F(Rounds, OnceTheAnswerIsKnownARoundIsSpreadEvenly) {
  with_users(1);
  ask_until_known();
  asked.clear();
  std::set<std::size_t> shares;
  for (std::size_t i = 0; i < RightsRounds::kShares; ++i) shares.insert(ask());
  EXPECT_EQ(shares, std::set{(all + RightsRounds::kShares - 1) / RightsRounds::kShares});
  EXPECT_EQ(std::set(asked.begin(), asked.end()).size(), all);
}

TEST_F(Rounds, ThirtyIdentitiesAreAskedAboutWithinThirtyShares) {
  with_users(30);
  ask_until_known();
  given = {"user-29 sign signers"};
  int shares = 0;
  for (; !rounds->why_unprotected(); ++shares) ask();
  EXPECT_LE(shares, 30);
  EXPECT_THAT(*rounds->why_unprotected(), testing::HasSubstr("agent many (user-29) may sign signers"));
}

TEST_F(Rounds, ARightThatIsGivenOrTakenShowsWithinARound) {
  with_users(5);
  ask_until_known();
  given = {"user-3 impersonate users", "user-1 bind roles"};
  for (std::size_t i = 0; i < RightsRounds::kShares && !rounds->why_unprotected(); ++i) ask();
  ASSERT_TRUE(rounds->why_unprotected());
  const auto first = *rounds->why_unprotected();
  EXPECT_EQ(ask(), 1u);  // while it stands nothing else is asked

  given = {"user-3 impersonate users"};
  for (std::size_t i = 0; i < RightsRounds::kShares; ++i) ask();
  ASSERT_TRUE(rounds->why_unprotected());
  EXPECT_THAT(*rounds->why_unprotected(), testing::HasSubstr("user-3"));
  EXPECT_NE(*rounds->why_unprotected(), first);

  given.clear();
  for (std::size_t i = 0; i < RightsRounds::kShares && rounds->why_unprotected(); ++i) {
    EXPECT_TRUE(rounds->why_unprotected());
    ask();
  }
  EXPECT_EQ(rounds->why_unprotected(), std::nullopt);
}

TEST_F(Rounds, WhatIsNotAnsweredIsNotTakenForANo) {
  with_users(1);
  failing = true;
  for (std::size_t i = 0; i < RightsRounds::kShares; ++i) EXPECT_FALSE(run(io, rounds->ask(true)));
  EXPECT_FALSE(rounds->is_known());
  failing = false;
  given = {"user-0 impersonate users"};
  ask_until_known();
  EXPECT_TRUE(rounds->why_unprotected());
  failing = true;
  EXPECT_FALSE(run(io, rounds->ask(true)));
  EXPECT_TRUE(rounds->why_unprotected());
}

TEST_F(Rounds, OfNobodyNothingIsAsked) {
  with_users(0);
  EXPECT_EQ(ask(), 0u);
  EXPECT_TRUE(rounds->is_known());
}

}  // namespace
}  // namespace sallyport::kube
