// How much may wait, be open and be kept, of one agent, in one namespace and in all.
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using seams::World;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Gate, HoldsAreBoundedAnAgent) {
  World world;
  std::vector<std::shared_ptr<seams::Call>> calls;
  for (int i = 0; i < 17; ++i) calls.push_back(world.admit(world.image_change("api:" + std::to_string(i))));
  EXPECT_EQ(world.engine->holding(), 16u);
  EXPECT_EQ(calls.back()->code(), Code::approval_required);
}

TEST(Gate, OpenRequestsAreBoundedAnAgentAndNothingIsCreatedOverIt) {
  World world;
  for (int i = 0; i < 50; ++i) {
    auto action = world.image_change("api:" + std::to_string(i));
    action.ask.terms.while_pending = model::WhilePending::reject;
    world.admit(action);
  }
  const auto over = world.admit(world.image_change("api:one-more"));
  EXPECT_EQ(over->code(), Code::too_many_requests);
  EXPECT_EQ(world.cluster.all().size(), 50u);
}

// A request with as much in it as an agent can bring there.
seams::GatedCall large_change(World& world, const std::string& image) {
  auto action = world.image_change(image);
  action.ask.terms.while_pending = model::WhilePending::reject;
  action.ask.action.changes.push_back(
      {"metadata.annotations.x", std::nullopt, std::string(250'000, 'x'), false, false});
  return action;
}

TEST(Gate, WhatANamespaceKeepsIsBoundedAndWhatIsApprovedGoesOn) {
  World world;
  world.settings.history.bytes_per_namespace = 1'000'000;
  const auto replica = world.another_replica();
  const auto ask = [&](seams::GatedCall action) {
    const auto call = std::make_shared<seams::Call>();
    action.call.caller = call->caller;
    boost::asio::co_spawn(world.io, replica->admit(std::move(action.ask), std::move(action.call)),
                          [call](std::exception_ptr, model::Answer answer) { call->answer = std::move(answer); });
    world.clock.settle();
    return call;
  };
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ask(large_change(world, "api:" + std::to_string(i)))->code(), Code::approval_required);
  }
  const auto over = ask(large_change(world, "api:one-more"));
  EXPECT_EQ(over->code(), Code::limit_reached);
  EXPECT_NE(over->answer->message.find("limits.keptMiBPerNamespace"), std::string::npos) << over->answer->message;
  EXPECT_EQ(world.cluster.all().size(), 4u);
  EXPECT_EQ(ask(large_change(world, "api:0"))->code(), Code::approval_required) << "that one is open already";
  auto elsewhere = large_change(world, "api:0");
  elsewhere.ask.action.digest = "another";
  elsewhere.ask.action.kubernetes()->target.namespace_name = "test";
  EXPECT_EQ(ask(elsewhere)->code(), Code::approval_required);
  replica->stop();
}

TEST(Gate, WhatAllNamespacesKeepIsBounded) {
  World world;
  world.settings.history.bytes_in_all = 200'000;
  const auto replica = world.another_replica();
  std::vector<std::string> codes;
  for (const auto* ns : {"prod", "test"}) {
    auto action = large_change(world, ns);
    action.ask.action.kubernetes()->target.namespace_name = ns;
    action.call.caller = std::make_shared<seams::MemoryCaller>();
    boost::asio::co_spawn(
        world.io, replica->admit(std::move(action.ask), std::move(action.call)),
        [&](std::exception_ptr, const model::Answer& answer) { codes.emplace_back(to_string(answer.code)); });
    world.clock.settle();
  }
  EXPECT_EQ(codes, (std::vector<std::string>{"ApprovalRequired", "LimitReached"}));
  replica->stop();
}

TEST(Gate, AnAgentThatHasFilledTheLogAsksNothingNew) {
  World world;
  world.settings.log_bytes_per_agent_a_day = 1000;
  const auto replica = world.another_replica();
  world.other_journal.append_async(
      {"audited", json::Value::object().set("agent", "deployer").set("x", std::string(1000, 'x'))});
  model::Answer given;
  auto action = large_change(world, "api:2");
  action.call.caller = std::make_shared<seams::MemoryCaller>();
  boost::asio::co_spawn(world.io, replica->admit(std::move(action.ask), std::move(action.call)),
                        [&](std::exception_ptr, model::Answer answer) { given = std::move(answer); });
  world.clock.settle();
  EXPECT_EQ(given.code, Code::limit_reached);
  EXPECT_NE(given.message.find("limits.logMiBPerAgentPerDay"), std::string::npos) << given.message;
  replica->stop();
}

TEST(Gate, ManyAtOnceDoNotPassTheLimitTogether) {
  World world;
  std::map<std::string, int> codes;
  for (int i = 0; i < 60; ++i) {
    auto action = world.image_change("api:" + std::to_string(i % 55));  // five of them twice: these are one request
    action.ask.terms.while_pending = model::WhilePending::reject;
    action.call.caller = std::make_shared<seams::MemoryCaller>();
    boost::asio::co_spawn(
        world.io, world.engine->admit(action.ask, action.call),
        [&](std::exception_ptr, const model::Answer& answer) { ++codes[std::string(to_string(answer.code))]; });
  }
  world.clock.settle();
  EXPECT_EQ(world.cluster.all().size(), 50u);
  EXPECT_THAT(codes, UnorderedElementsAre(Pair("ApprovalRequired", 55), Pair("TooManyRequests", 5)));
}

TEST(Gate, ManyAgentsAtOnceDoNotPassTheNamespacesLimitTogether) {
  World world;
  world.settings.open_per_namespace = 10;
  const auto replica = world.another_replica();
  std::map<std::string, int> codes;
  for (int i = 0; i < 20; ++i) {
    auto action = world.image_change("api:" + std::to_string(i));
    action.ask.terms.while_pending = model::WhilePending::reject;
    action.ask.requester.agent = "agent-" + std::to_string(i);
    action.call.caller = std::make_shared<seams::MemoryCaller>();
    boost::asio::co_spawn(
        world.io, replica->admit(action.ask, action.call),
        [&](std::exception_ptr, const model::Answer& answer) { ++codes[std::string(to_string(answer.code))]; });
  }
  world.clock.settle();
  EXPECT_EQ(world.cluster.all().size(), 10u);
  EXPECT_THAT(codes, UnorderedElementsAre(Pair("ApprovalRequired", 10), Pair("TooManyRequests", 10)));
  replica->stop();
}

}  // namespace
}  // namespace sallyport::engine
