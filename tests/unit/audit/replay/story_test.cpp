// What the engine itself has written is decided the same again.
#include "unit/audit/replay/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/replay/decide_again.hpp"
#include "audit/replay/view.hpp"
#include "seams/world.hpp"

namespace sallyport::audit {
namespace {

using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

std::vector<Finding> replayed(const World& world) {
  Histories histories;
  add(histories, world, world.journal, "memory");
  histories.close();
  return decide_again(histories);
}

// All of them the same: this many.
void expect_same(const World& world, std::size_t many) {
  const auto findings = replayed(world);
  EXPECT_EQ(count(findings).same, many) << replay_view(findings);
  EXPECT_EQ(findings.size(), many) << replay_view(findings);
}

struct Pending : World {
  explicit Pending(std::uint32_t people = 1) : count(people) {
    admit(call());
    key = only_request();
  }
  [[nodiscard]] seams::GatedCall call() {
    auto action = image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    action.ask.terms.policies[0].approval.requirements[0].count = count;
    return action;
  }
  std::uint32_t count;
  model::RequestKey key;
};

TEST(Story, OfAnApprovalByTwoAndItsUse) {
  Pending world(2);
  world.review(world.key, "alice", Verdict::approve);
  world.review(world.key, "alice", Verdict::approve);
  world.review(world.key, "bob", Verdict::approve);
  auto action = world.call();
  EXPECT_TRUE(world.admit(action)->allowed());
  expect_same(world, 4);
}

TEST(Story, OfADenial) {
  Pending world(2);
  world.review(world.key, "alice", Verdict::approve);
  world.review(world.key, "bob", Verdict::deny);
  expect_same(world, 3);
}

TEST(Story, OfAWithdrawal) {
  Pending world;
  world.review(world.key, "deployer", Verdict::withdraw);
  expect_same(world, 2);
}

TEST(Story, OfARequestThatNobodyDecides) {
  Pending world(2);
  world.review(world.key, "alice", Verdict::approve);
  world.clock.advance(2h);
  expect_same(world, 2);
}

TEST(Story, OfAnApprovalThatNobodyUses) {
  Pending world;
  world.review(world.key, "alice", Verdict::approve);
  world.clock.advance(1h);
  expect_same(world, 3);
}

TEST(Story, OfAnApprovalThatIsTakenBack) {
  Pending world;
  world.review(world.key, "alice", Verdict::approve);
  world.review(world.key, "bob", Verdict::revoke);
  expect_same(world, 4);
}

TEST(Story, OfAPolicyThatChanged) {
  Pending world;
  world.review(world.key, "alice", Verdict::approve);
  auto action = world.call();
  action.ask.terms.policies[0].ref.generation = 2;
  world.admit(action);
  expect_same(world, 3);
}

TEST(Story, OfWritesWhoseAnswersAreLost) {
  using Fault = seams::MemoryCluster::Fault;
  for (const auto fault :
       {Fault::refused_unsent, Fault::lost_landed, Fault::lost_never_lands, Fault::lost_lands_later}) {
    Pending world;
    world.cluster.faults = {fault};
    world.review(world.key, "alice", Verdict::approve);
    world.cluster.land_later_now();
    world.clock.advance(10s);
    world.admit(world.call());
    const auto findings = replayed(world);
    EXPECT_EQ(count(findings).same, findings.size()) << replay_view(findings);
    EXPECT_GE(findings.size(), 3u);
  }
}

TEST(Story, OfAReviewThatNeverReachedTheRequest) {
  Pending world(2);
  // Another's write came first: the API server asks again, with the request as it is by then.
  engine::ReviewCall call{
      seams::person("alice"), world.cluster.at(world.key), {Verdict::deny, "", "", false}, "kubectl"};
  boost::asio::co_spawn(world.io, world.engine->review(std::move(call)), boost::asio::detached);
  world.clock.settle();
  world.review(world.key, "bob", Verdict::approve);
  world.review(world.key, "sam", Verdict::approve);
  EXPECT_EQ(world.cluster.at(world.key).status.state, model::State::approved);
  expect_same(world, 3);
}

TEST(Story, OfTwoReplicasThatShareARequest) {
  Pending world;
  const auto other = world.another_replica();
  Histories alone, together;
  std::optional<engine::ReviewAnswer> answer;
  engine::ReviewCall call{
      seams::person("alice"), world.cluster.at(world.key), {Verdict::approve, "", "", false}, "kubectl"};
  boost::asio::co_spawn(world.io, other->review(std::move(call)),
                        [&](std::exception_ptr, engine::ReviewAnswer given) { answer = std::move(given); });
  world.clock.settle();
  ASSERT_TRUE(answer && answer->review) << answer->refusal;
  world.cluster.append_review(world.key, *answer->review);
  world.clock.advance(5s);  // the other replica does not decide: this one does
  add(alone, world, world.journal, "memory");
  add(together, world, world.journal, "memory");
  add(together, world, world.other_journal, "other");
  alone.close();
  together.close();
  const auto of_both = decide_again(together);
  EXPECT_EQ(count(of_both).same, 2u) << replay_view(of_both);
  const auto of_one = decide_again(alone);
  // Neither the reviewer's groups, which the replica that stamped it knows, nor what rests on them.
  EXPECT_EQ(count(of_one).unknown, 2u) << replay_view(of_one);
  EXPECT_EQ(count(of_one).differ, 0u) << replay_view(of_one);
}

// Who knows the path has told the webhook that bob approves; the log has it, and nothing came of it.
TEST(Story, WhatWasOnlyStampedIsNoReview) {
  Pending world(2);
  world.review(world.key, "alice", Verdict::approve);
  std::optional<engine::ReviewAnswer> answer;
  boost::asio::co_spawn(
      world.io,
      world.engine->review(
          {seams::person("bob"), world.request(), {Verdict::approve, "", "", false}, "kubectl", false}),
      [&](std::exception_ptr, engine::ReviewAnswer given) { answer = std::move(given); });
  world.clock.advance(1min);
  ASSERT_TRUE(answer && answer->review);
  expect_same(world, 1);
}

// The accepted record of a replica that did not stamp it tells no groups; the stamp does, wherever it stands.
TEST(Story, TheRecordsOfOneReviewAreOne) {
  Pending world(2);
  const auto other = world.another_replica();
  world.review(world.key, "alice", Verdict::approve);
  const auto look = [&] {
    boost::asio::co_spawn(world.io, other->observe(world.request()), boost::asio::detached);
    world.clock.settle();
  };
  look();
  world.clock.advance(11s);
  look();
  ASSERT_EQ(world.other_journal.count("review_accepted"), 1u);
  Histories histories;
  add(histories, world, world.other_journal, "other");
  add(histories, world, world.journal, "memory");
  histories.close();
  const auto findings = decide_again(histories);
  EXPECT_EQ(count(findings).same, 1u) << replay_view(findings);
  EXPECT_EQ(findings.size(), 1u) << replay_view(findings);
}

}  // namespace
}  // namespace sallyport::audit
