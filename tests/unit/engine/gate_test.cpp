#include <string>

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

TEST(Gate, HoldsTheCallUntilAReviewerApprovesAndThenLetsItThroughOnce) {
  World world;
  const auto call = world.admit(world.image_change());
  EXPECT_FALSE(call->answered());
  EXPECT_EQ(world.engine->holding(), 1u);
  EXPECT_EQ(world.request().status.state, State::pending);

  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::approve), "");
  ASSERT_TRUE(call->allowed());
  EXPECT_EQ(world.request().status.state, State::used);
  EXPECT_EQ(world.request().status.decision->reviewers, std::vector<std::string>{"alice"});
  EXPECT_EQ(world.journal.count("intent", "kind", "use"), 1u);
  EXPECT_EQ(world.engine->holding(), 0u);
}

TEST(Gate, AsksAgainForTheSameCallOnceItsGrantIsUsedUp) {
  World world;
  const auto first = world.admit(world.image_change());
  world.review(world.only_request(), "alice", Verdict::approve);
  ASSERT_TRUE(first->allowed());
  world.clock.advance(1min);
  const auto second = world.admit(world.image_change());
  EXPECT_FALSE(second->answered());
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Gate, AnUnansweredHoldEndsInSendAgainAndTheNextCallJoinsTheSameRequest) {
  World world;
  auto action = world.image_change();
  for (int sent = 0; sent < 3; ++sent) {
    action.call.uid = "admission-" + std::to_string(sent);
    action.call.deadline = world.clock.steady() + 30s;
    const auto call = world.admit(action);
    world.clock.advance(28s);
    ASSERT_TRUE(call->answered());
    EXPECT_EQ(call->code(), Code::approval_pending);
    EXPECT_EQ(call->answer->status, 429);
    EXPECT_EQ(call->answer->retry_after, 1);
  }
  EXPECT_EQ(world.cluster.all().size(), 1u);
  EXPECT_EQ(world.journal.count("answered"), 1u) << "re-sends of one waiting call are one record with a count";
  action.call.deadline = world.clock.steady() + 30s;
  const auto last = world.admit(action);
  world.review(world.only_request(), "alice", Verdict::approve);
  EXPECT_TRUE(last->allowed());
  EXPECT_EQ(world.journal.count("answered"), 2u);
  EXPECT_EQ(world.journal.records[world.journal.records.size() - 1].event, "answered");
}

TEST(Gate, ClientsThatDoNotSendAgainGet403) {
  World world;
  auto action = world.image_change();
  action.call.retries_429 = false;
  const auto call = world.admit(action);
  world.clock.advance(28s);
  EXPECT_EQ(call->answer->status, 403);
}

TEST(Gate, RejectAnswersAtOnceWithTheRequestsName) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  const auto call = world.admit(action);
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::approval_required);
  EXPECT_EQ(call->answer->status, 403);
  EXPECT_NE(call->answer->message.find(world.only_request().name), std::string::npos);

  world.review(world.only_request(), "alice", Verdict::approve);
  EXPECT_TRUE(world.admit(action)->allowed());
}

TEST(Gate, AfterADenialOtherAsksAboutTheSameObjectReachPeopleTwice) {
  World world;
  const auto ask = [&world](const std::string& image, const std::string& name = "api", const std::string& part = "") {
    auto action = world.image_change(image);
    action.ask.terms.while_pending = model::WhilePending::reject;
    action.ask.action.kubernetes()->target.name = name;
    action.ask.action.kubernetes()->target.resource.subresource = part;
    return world.admit(action)->code();
  };
  EXPECT_EQ(ask("api:2"), Code::approval_required);
  world.review(world.only_request(), "alice", Verdict::deny);
  world.clock.advance(5s);
  EXPECT_EQ(ask("api:3"), Code::approval_required);
  EXPECT_EQ(ask("api:4", "api", "scale"), Code::approval_required);
  EXPECT_EQ(ask("api:5"), Code::approval_denied);
  EXPECT_EQ(ask("api:3"), Code::approval_required) << "what was asked already is the same request";
  EXPECT_EQ(ask("api:6", "another"), Code::approval_required);
  EXPECT_EQ(world.cluster.all().size(), 4u);

  world.clock.advance(10min);
  EXPECT_EQ(ask("api:5"), Code::approval_required);
}

TEST(Gate, ADenialEndsTheHoldAndRefusesTheSameActionForTheCooldown) {
  World world;
  const auto call = world.admit(world.image_change());
  world.review(world.only_request(), "alice", Verdict::deny);
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::approval_denied);

  EXPECT_EQ(world.admit(world.image_change())->code(), Code::approval_denied);
  EXPECT_EQ(world.cluster.all().size(), 1u) << "no new request while the denial is fresh";
  world.clock.advance(10min);
  world.admit(world.image_change());
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Gate, AnExpiredRequestIsRefusedAndTheNextCallAsksAnew) {
  World world;
  auto action = world.image_change();
  action.ask.terms.pending_timeout = 10s;
  const auto call = world.admit(action);
  world.clock.advance(12s);
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::approval_expired);
  EXPECT_EQ(world.request().status.state, State::expired);
  action.call.deadline = world.clock.steady() + 30s;
  world.admit(action);
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Gate, AReviewSealedBeforeTheExpiryCountsEvenIfHandledLater) {
  World world;
  auto action = world.image_change();
  action.ask.terms.pending_timeout = 10s;
  const auto call = world.admit(action);
  world.clock.advance(9s);
  world.cluster.not_ready = "the API server cannot be reached";  // the decision has to wait
  world.cluster.not_ready.reset();
  const auto key = world.only_request();
  world.review(key, "alice", Verdict::approve);
  world.clock.advance(5s);
  EXPECT_TRUE(call->allowed());
}

TEST(Gate, AGrantIsGoneWhenItsWindowIsOver) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  world.review(world.only_request(), "alice", Verdict::approve);
  ASSERT_EQ(world.request().status.state, State::approved);
  world.clock.advance(15min + 2s);
  EXPECT_EQ(world.cluster.all()[0].status.state, State::expired);
  action.call.deadline = world.clock.steady() + 30s;
  EXPECT_EQ(world.admit(action)->code(), Code::approval_required);
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Gate, AnotherContentIsAnotherRequest) {
  World world;
  auto first = world.image_change("api:2");
  first.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(first);
  world.review(world.only_request(), "alice", Verdict::approve);
  auto second = world.image_change("api:3");
  second.ask.terms.while_pending = model::WhilePending::reject;
  EXPECT_FALSE(world.admit(second)->allowed());
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Gate, TheCallerLeavingEndsTheHold) {
  World world;
  const auto call = world.admit(world.image_change());
  EXPECT_EQ(world.engine->holding(), 1u);
  call->caller->leave();
  world.clock.settle();
  EXPECT_EQ(world.engine->holding(), 0u);
}

TEST(Gate, NoUseBeginsForACallerThatHasGoneOrHasNoTimeLeft) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  world.review(world.only_request(), "alice", Verdict::approve);
  action.call.deadline = world.clock.steady() + 2s;
  EXPECT_EQ(world.admit(action)->code(), Code::busy);
  EXPECT_TRUE(world.request().status.uses.empty());
}

TEST(Gate, APolicyEditedWhileARequestIsOpenEndsItAndAsksAnew) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  const auto old = world.only_request();
  world.review(old, "alice", Verdict::approve);
  action.ask.terms.policies[0].ref.generation = 2;
  EXPECT_EQ(world.admit(action)->code(), Code::approval_required);
  EXPECT_EQ(world.cluster.at(old).status.state, State::revoked);
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(Gate, AHeldCallIsMatchedAnewWhenPoliciesChangedWhileItWaited) {
  World world;
  const auto call = world.admit(world.image_change());
  world.in_force.stands = [](const auto&) { return false; };
  world.review(world.only_request(), "alice", Verdict::approve);
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::busy);
  EXPECT_TRUE(world.request().status.uses.empty());
}

TEST(Gate, AHeldCallIsSentAgainAtOnceWhenItsPoliciesChange) {
  World world;
  const auto call = world.admit(world.image_change());
  world.engine->policies_changed();
  world.clock.settle();
  EXPECT_FALSE(call->answered()) << "others have changed";
  world.in_force.stands = [](const auto&) { return false; };
  world.engine->policies_changed();
  world.clock.settle();
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::busy);
  EXPECT_EQ(call->answer->status, 429);
}

TEST(Gate, ARequestWhosePolicyIsDeletedEnds) {
  for (const bool is_approved : {false, true}) {
    World world;
    auto action = world.image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    world.admit(action);
    if (is_approved) world.review(world.only_request(), "alice", Verdict::approve);
    world.in_force.has = [](const auto&) { return false; };
    world.engine->policies_changed();
    world.clock.advance(1s);
    EXPECT_FALSE(has_ended(world.request().status.state)) << "the API server has it: this replica has not seen it yet";
    world.cluster.not_there = {"promote-image"};
    world.clock.advance(15s);
    const auto status = world.request().status;
    EXPECT_EQ(status.state, is_approved ? State::revoked : State::withdrawn);
    EXPECT_EQ(is_approved ? status.revocation->reason : status.decision->reason, "PolicyChanged");
  }
}

TEST(Gate, ARequestDeletedUnderAHeldCallRefusesItAtOnce) {
  World world;
  const auto call = world.admit(world.image_change());
  world.cluster.remove(world.only_request());
  world.clock.settle();
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::request_deleted);
}

TEST(Gate, ADeletecollectionIsRefusedAndOpensNothing) {
  World world;
  auto action = world.image_change();
  action.call.is_collection = true;
  EXPECT_EQ(world.admit(action)->code(), Code::delete_by_name);
  EXPECT_TRUE(world.cluster.all().empty());
}

TEST(Gate, UnknownMeansRefused) {
  World world;
  world.cluster.not_ready = "policies were not confirmed for 15 s";
  const auto call = world.admit(world.image_change());
  EXPECT_EQ(call->code(), Code::not_ready);
  EXPECT_TRUE(world.cluster.all().empty());
}

TEST(Gate, StoppingSendsHeldCallsToAnotherReplica) {
  World world;
  const auto call = world.admit(world.image_change());
  world.engine->stop_holding();
  world.clock.settle();
  ASSERT_TRUE(call->answered());
  EXPECT_EQ(call->code(), Code::shutting_down);
  EXPECT_EQ(call->answer->status, 429);
}

TEST(Gate, ARequestThatAnotherReplicaOpensMeanwhileIsJoined) {
  World world;
  const auto first = world.admit(world.image_change());
  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::approve), "");
  ASSERT_TRUE(first->allowed());
  const auto used = world.request();

  const auto other = world.another_replica();
  world.cluster.watch = [](const auto&) {};  // our own is slow
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  action.call.generation = 8;  // the first use has been written: this is no second try of it
  action.call.caller = std::make_shared<seams::MemoryCaller>();
  boost::asio::co_spawn(world.io, other->observe(used), boost::asio::detached);
  boost::asio::co_spawn(world.io, other->admit(action.ask, action.call), boost::asio::detached);
  world.clock.settle();
  ASSERT_EQ(world.cluster.all().size(), 2u);

  world.cluster.while_a_read_is_answered = [&] {
    for (const auto& request : world.cluster.all()) {
      boost::asio::co_spawn(world.io, world.engine->observe(request), boost::asio::detached);
    }
  };
  EXPECT_EQ(world.admit(action)->code(), Code::approval_required);
  EXPECT_FALSE(world.cluster.while_a_read_is_answered) << "nothing was read";
  EXPECT_EQ(world.cluster.all().size(), 2u);
  other->stop();
  world.clock.advance(1h);  // what it has begun ends before it does
}

TEST(Gate, TwoReplicasAtOnceShareOneRequestAndOneUse) {
  World world;
  const auto other = world.another_replica();
  world.cluster.watch = [&](const auto& request) {
    boost::asio::co_spawn(world.io, world.engine->observe(request), boost::asio::detached);
    boost::asio::co_spawn(world.io, other->observe(request), boost::asio::detached);
  };
  auto action = world.image_change();
  action.call.caller = std::make_shared<seams::MemoryCaller>();
  int allowed = 0;
  int answered = 0;
  for (auto* engine : {world.engine.get(), other.get()}) {
    boost::asio::co_spawn(world.io, engine->admit(action.ask, action.call),
                          [&](std::exception_ptr, model::Answer answer) {
                            ++answered;
                            allowed += answer.allowed ? 1 : 0;
                          });
  }
  world.clock.settle();
  ASSERT_EQ(world.cluster.all().size(), 1u);
  EXPECT_EQ(answered, 0);
  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::approve), "");
  world.clock.advance(1s);
  other->stop();
  world.clock.advance(5s);
  EXPECT_EQ(answered, 2);
  // The one that lost the race finds the use: of an unmoved UPDATE it is a re-entry, so both may be let through on one
  // use.
  EXPECT_EQ(world.cluster.all().size(), 1u);
  EXPECT_EQ(world.request().status.uses.size(), 1u);
  EXPECT_EQ(allowed, 2);
}

}  // namespace
}  // namespace sallyport::engine
