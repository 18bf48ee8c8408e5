#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::State;
using model::Verdict;
using seams::one_of;
using seams::World;
using namespace std::chrono_literals;

struct Pending : World {
  explicit Pending(std::vector<model::Requirement> requirements = {one_of("owner", "oncall")}) {
    auto action = image_change();
    action.ask.terms.policies[0].approval.requirements = std::move(requirements);
    action.ask.terms.while_pending = model::WhilePending::reject;
    admit(action);
    key = only_request();
  }
  [[nodiscard]] State state() { return cluster.at(key).status.state; }
  model::RequestKey key;
};

TEST(Reviewing, AQuorumOfTwoIsTwoPeople) {
  Pending world({one_of("owner", "oncall", 2)});
  EXPECT_EQ(world.review(world.key, "alice", Verdict::approve), "");
  EXPECT_EQ(world.state(), State::pending);
  EXPECT_NE(world.review(world.key, "alice", Verdict::approve).find("a person counts once"), std::string::npos);
  EXPECT_EQ(world.state(), State::pending);
  EXPECT_EQ(world.review(world.key, "bob", Verdict::approve), "");
  EXPECT_EQ(world.state(), State::approved);
}

TEST(Reviewing, OnePersonInBothGroupsMeetsOneRequirement) {
  Pending world({one_of("owner", "oncall"), one_of("security", "security")});
  world.review(world.key, "sam", Verdict::approve);  // in both
  EXPECT_EQ(world.state(), State::pending);
  world.review(world.key, "alice", Verdict::approve);  // on call only: sam moves to security
  EXPECT_EQ(world.state(), State::approved);
}

TEST(Reviewing, OneDenialWins) {
  Pending world({one_of("owner", "oncall", 2)});
  world.review(world.key, "alice", Verdict::approve);
  world.review(world.key, "bob", Verdict::deny);
  EXPECT_EQ(world.state(), State::denied);
  EXPECT_NE(world.review(world.key, "sam", Verdict::approve).find("a decision is final"), std::string::npos);
}

TEST(Reviewing, NobodyApprovesWhatTheyAskedForAndNoAgentReviews) {
  Pending world;
  const auto own = world.review(world.key, "deployer", Verdict::approve);
  EXPECT_NE(own.find("nobody approves what they asked for themselves"), std::string::npos);
  EXPECT_EQ(world.state(), State::pending);

  const auto& requester = world.cluster.at(world.key).spec.requester;
  const std::vector<model::User> nobody = {
      {"system:serviceaccount:agents:deployer-2", "another", {"oncall"}, {}, {}, {}},  // the same agent
      {"system:serviceaccount:agents:other", "x", {"oncall"}, {}, {}, {}},             // another agent
      {"system:serviceaccount:default:helper", "y", {"oncall"}, {}, {}, {}},           // any service account
      {"system:kube-scheduler", "", {"oncall"}, {}, {}, {}},
      {"alias", requester.user.uid, {"oncall"}, {}, {}, {}},  // the same uid
      {"", "", {"oncall"}, {}, {}, {}},
  };
  for (const auto& user : nobody) {
    EXPECT_NE(why_no_reviewer(user, requester, world.settings.agents), "") << user.username;
  }
  EXPECT_EQ(why_no_reviewer(seams::person("alice"), requester, world.settings.agents), "");
}

TEST(Reviewing, WhoIsNotNamedOrLacksTheVerbIsRefused) {
  Pending named({one_of("security", "security")});
  EXPECT_NE(named.review(named.key, "alice", Verdict::approve).find("no requirement"), std::string::npos);
  Pending verb;
  EXPECT_NE(verb.review(verb.key, "mallory", Verdict::approve).find("lacks the verb approve"), std::string::npos);
  EXPECT_EQ(verb.state(), State::pending);
}

TEST(Reviewing, OnlyTheRequesterWithdraws) {
  Pending world;
  EXPECT_NE(world.review(world.key, "alice", Verdict::withdraw), "");
  EXPECT_EQ(world.review(world.key, "deployer", Verdict::withdraw), "");
  EXPECT_EQ(world.state(), State::withdrawn);
}

TEST(Reviewing, TheDigestThatTheReviewerSawMustBeTheRequests) {
  Pending world;
  EXPECT_NE(world.review(world.key, "alice", Verdict::approve, "sha256:" + std::string(64, '0')), "");
  EXPECT_EQ(world.review(world.key, "alice", Verdict::approve, world.cluster.at(world.key).spec.action.digest), "");
}

TEST(Reviewing, WhatIsNotShownWholeIsApprovedOnlyByWhoSaysSo) {
  World world;
  auto action = world.image_change();
  action.ask.action.truncated = true;
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  EXPECT_NE(world.review(world.only_request(), "alice", Verdict::approve).find("acceptTruncated"), std::string::npos);
}

TEST(Reviewing, NothingIsAcceptedThatTheLogDoesNotHold) {
  Pending world;
  world.journal.broken = true;
  EXPECT_NE(world.review(world.key, "alice", Verdict::approve).find("log"), std::string::npos);
  EXPECT_TRUE(world.cluster.at(world.key).spec.reviews.empty());
}

TEST(Reviewing, AnotherReplicaDecidesTwoSecondsLaterIfTheOneThatStampedIsGone) {
  Pending world;
  const auto other = world.another_replica();
  // The review is stamped by a replica that dies at once: this one only sees it land.
  const auto& request = world.cluster.at(world.key);
  const Sealer sealer(Secret("a key for tests, 32 bytes long...."), "cluster-1");
  model::Review review{
      "alice", "uid-of-alice", Verdict::approve, "", "kubectl", world.clock.now(), {"promote-image/owner"}, false, ""};
  review.seal = sealer.seal_review(request, review, seal_before_next_review(request.spec));
  world.cluster.append_review(world.key, review);
  world.clock.advance(1s);
  EXPECT_EQ(world.state(), State::pending);
  world.clock.advance(2s);
  EXPECT_EQ(world.state(), State::approved);
}

TEST(Reviewing, RefusalsStandInTheLog) {
  Pending world;
  world.review(world.key, "mallory", Verdict::approve);
  EXPECT_EQ(world.journal.count("review_refused", "reviewer", "mallory"), 1u);
}

}  // namespace
}  // namespace sallyport::engine
