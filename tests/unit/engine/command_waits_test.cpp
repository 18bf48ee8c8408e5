#include "engine/command_waits.hpp"

#include <string>

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

struct Waiting : World {
  explicit Waiting(Duration wait_for, std::optional<Duration> hold_for = {}) : action(image_change()) {
    action.ask.terms.wait_for = wait_for;
    action.ask.terms.hold_for = hold_for;
  }
  // Sent now, with the API server's 30 s.
  std::shared_ptr<seams::Call> send(const std::string& image = "api:2") {
    action.ask.action = image_change(image).ask.action;
    action.call.deadline = clock.steady() + 30s;
    return admit(action);
  }

  seams::GatedCall action;
};

TEST(CommandWaits, ACommandWaitsForAsLongAsThePolicySaysHoweverOftenItIsSent) {
  Waiting world(60s);
  for (int sent = 0; sent < 2; ++sent) {
    const auto call = world.send();
    world.clock.advance(28s);
    EXPECT_EQ(call->answer->status, 429) << sent;
    world.clock.advance(1s);
  }
  const auto last = world.send();
  world.clock.advance(1s);
  EXPECT_FALSE(last->answered());
  world.clock.advance(1s);  // 60 s since it was sent first
  ASSERT_TRUE(last->answered());
  EXPECT_EQ(last->code(), Code::approval_pending);
  EXPECT_EQ(last->answer->status, 403);
  EXPECT_NE(last->answer->message.find("has waited for 1m"), std::string::npos) << last->answer->message;
  EXPECT_NE(last->answer->message.find(world.only_request().name), std::string::npos);
  EXPECT_EQ(world.request().status.state, model::State::pending) << "people go on being asked";
}

TEST(CommandWaits, WhatComesRightAfterIsStillThatCommandAndALaterOneWaitsAnew) {
  Waiting world(5s);
  const auto first = world.send();
  world.clock.advance(5s);
  EXPECT_EQ(first->answer->status, 403);
  world.clock.advance(4s);
  EXPECT_EQ(world.send()->answer->status, 403) << "kubectl sends a refused exec a second time";
  world.clock.advance(7s);  // what was refused at once has not prolonged it
  const auto later = world.send();
  world.clock.advance(4s);
  EXPECT_FALSE(later->answered());
  world.clock.advance(1s);
  EXPECT_EQ(later->answer->status, 403);
}

TEST(CommandWaits, APauseOfMoreThanTenSecondsBeginsANewCommand) {
  Waiting world(40s);
  const auto first = world.send();
  world.clock.advance(28s);
  EXPECT_EQ(first->answer->status, 429);
  world.clock.advance(11s);
  const auto second = world.send();
  world.clock.advance(28s);
  EXPECT_EQ(second->answer->status, 429) << "it has waited for 28 s of 40 s";
}

TEST(CommandWaits, AreOneAgentsWithOneDigest) {
  Waiting world(20s);
  const auto first = world.send();
  world.clock.advance(15s);
  const auto other = world.send("api:3");
  world.clock.advance(5s);
  EXPECT_EQ(first->answer->status, 403);
  EXPECT_FALSE(other->answered());
  world.clock.advance(15s);
  EXPECT_EQ(other->answer->status, 403);
}

TEST(CommandWaits, CallsBesideEachOtherEndTogether) {
  Waiting world(20s);
  const auto first = world.send();
  world.clock.advance(15s);
  const auto second = world.send();
  world.clock.advance(5s);
  EXPECT_EQ(first->answer->status, 403);
  EXPECT_EQ(second->answer->status, 403);
}

TEST(CommandWaits, AfterADecisionTheSameActionIsAnotherCommand) {
  Waiting world(20s);
  const auto first = world.send();
  world.clock.advance(15s);
  ASSERT_EQ(world.review(world.only_request(), "deployer", Verdict::withdraw), "");
  EXPECT_EQ(first->code(), Code::approval_withdrawn);
  const auto next = world.send();
  world.clock.advance(15s);
  EXPECT_FALSE(next->answered());
  world.clock.advance(5s);
  EXPECT_EQ(next->code(), Code::approval_pending);
}

TEST(CommandWaits, HoldForBoundsOneCallOfIt) {
  Waiting world(30s, 8s);
  const auto first = world.send();
  world.clock.advance(8s);
  EXPECT_EQ(first->answer->status, 429);
}

TEST(CommandWaits, ThoseOfTenSecondsAgoAreForgotten) {
  Waiting world(1min);
  CommandWaits waits(world.clock);
  for (int i = 0; i < 100; ++i) static_cast<void>(waits.enter("deployer", std::to_string(i), 1min));
  EXPECT_EQ(waits.count(), 100u);
  world.clock.advance(11s);
  const auto call = waits.enter("deployer", "last", 1min);
  EXPECT_EQ(waits.count(), 1u);
  EXPECT_EQ(call.until(), world.clock.steady() + 1min);
}

}  // namespace
}  // namespace sallyport::engine
