// Commands that ask something else at each try.
#include "engine/tries.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::World;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr auto kStamp = "metadata.annotations.built";

// A write of the same object by the same command, which stamps it anew.
seams::GatedCall stamped(World& world, const std::string& stamp, const std::string& credential = "JTI=one") {
  auto asked = world.image_change();
  asked.ask.action.digest = "sha256:" + hex(sha256("stamped " + stamp));
  asked.ask.action.changes.push_back({kStamp, "never", stamp, false, false});
  asked.ask.requester.user.credential_id = credential;
  asked.call.deadline = world.clock.steady() + 30s;
  return asked;
}

seams::GatedCall rejected(World& world, const std::string& stamp) {
  auto asked = stamped(world, stamp);
  asked.ask.terms.while_pending = model::WhilePending::reject;
  return asked;
}

// Of a call that nobody decides about.
Code waited(World& world, seams::GatedCall asked) {
  asked.call.deadline = world.clock.steady() + 30s;
  const auto call = world.admit(std::move(asked));
  world.clock.advance(28s);
  return call->code();
}

std::size_t pending(World& world) {
  std::size_t count = 0;
  for (const auto& request : world.cluster.all()) count += request.status.state == State::pending ? 1 : 0;
  return count;
}

model::ApprovalRequest of_digest(World& world, const seams::GatedCall& asked) {
  for (auto& request : world.cluster.all()) {
    if (request.spec.action.digest == asked.ask.action.digest) return request;
  }
  return {};
}

std::string condition(const model::ApprovalRequest& request, std::string_view type) {
  for (const auto& each : request.status.conditions) {
    if (each.type == type) return each.message;
  }
  return "";
}

TEST(Tries, AWaitingCommandHasOneOpenRequestThatNamesWhatDiffers) {
  World world;
  const auto first = stamped(world, "1");
  const auto call = world.admit(first);
  world.clock.advance(28s);
  ASSERT_EQ(call->code(), Code::approval_pending);
  world.clock.advance(1s);

  const auto second = stamped(world, "2");
  const auto again = world.admit(second);
  EXPECT_FALSE(again->answered());
  EXPECT_EQ(pending(world), 1u);
  const auto left = of_digest(world, first);
  EXPECT_EQ(left.status.state, State::withdrawn);
  EXPECT_EQ(left.status.decision->reason, model::kAskedAnew);
  EXPECT_THAT(condition(left, "Decided"), HasSubstr(kStamp));
  const auto now = of_digest(world, second);
  EXPECT_THAT(condition(now, model::kAsksAnew), HasSubstr(left.key.name));
  EXPECT_THAT(condition(now, model::kAsksAnew), HasSubstr(kStamp));
  EXPECT_THAT(condition(now, model::kAsksAnew), testing::Not(HasSubstr("containers")));
  EXPECT_EQ(world.journal.count("intent", "reason", std::string(model::kAskedAnew)), 1u);

  world.clock.advance(28s);
  EXPECT_EQ(again->code(), Code::approval_pending);
  EXPECT_THAT(again->answer->message, HasSubstr(kStamp));

  const auto third = world.admit(stamped(world, "3"));
  EXPECT_EQ(world.review(of_digest(world, stamped(world, "3")).key, "alice", Verdict::approve), "");
  EXPECT_TRUE(third->allowed());
}

TEST(Tries, ARequestThatACallWaitsForStays) {
  World world;
  const auto first = stamped(world, "1");
  const auto waiting = world.admit(first);
  const auto beside = world.admit(stamped(world, "2"));
  EXPECT_FALSE(waiting->answered());
  EXPECT_FALSE(beside->answered());
  EXPECT_EQ(pending(world), 2u);
}

TEST(Tries, OneWhoseCallerIsGoneGivesWayAndOneThatWasLeftLongAgoStays) {
  World world;
  const auto first = world.admit(stamped(world, "1"));
  first->caller->leave();
  world.clock.settle();
  world.clock.advance(59s);
  const auto second = world.admit(stamped(world, "2"));
  EXPECT_EQ(pending(world), 1u);
  second->caller->leave();
  world.clock.settle();
  world.clock.advance(61s);
  world.admit(stamped(world, "3"));
  EXPECT_EQ(pending(world), 2u);
}

TEST(Tries, AnotherTokenAnotherObjectOrOtherFieldsAreAnotherCommand) {
  World world;
  const auto beside = [&](const seams::GatedCall& asked) {
    EXPECT_EQ(waited(world, asked), Code::approval_pending);
    return pending(world);
  };
  EXPECT_EQ(beside(stamped(world, "0")), 1u);
  EXPECT_EQ(beside(stamped(world, "1")), 1u) << "the same one does";
  EXPECT_EQ(beside(stamped(world, "2", "JTI=two")), 2u);
  auto object = stamped(world, "3");
  object.ask.action.kubernetes()->target.name = "another";
  EXPECT_EQ(beside(object), 3u);
  auto fields = stamped(world, "4");
  fields.ask.action.changes.push_back({"spec.replicas", "1", "2", false, false});
  EXPECT_EQ(beside(fields), 4u);
  auto operation = stamped(world, "5");
  operation.ask.action.kubernetes()->operation = model::Operation::create;
  EXPECT_EQ(beside(operation), 5u);
  // Two that no id of a token tells apart.
  EXPECT_EQ(beside(stamped(world, "6", "")), 6u);
  EXPECT_EQ(beside(stamped(world, "7", "")), 7u);
  // Not all of it is shown: nobody can tell whether the same fields change.
  auto large = stamped(world, "8");
  large.ask.action.truncated = true;
  EXPECT_EQ(beside(large), 8u);
}

TEST(Tries, WhatPeopleHaveApprovedIsNeverEnded) {
  World world;
  auto first = stamped(world, "1");
  waited(world, first);
  world.review(world.only_request(), "alice", Verdict::approve);
  ASSERT_EQ(world.request().status.state, State::approved);
  EXPECT_EQ(waited(world, stamped(world, "2")), Code::approval_pending);
  EXPECT_EQ(of_digest(world, first).status.state, State::approved);
  first.call.deadline = world.clock.steady() + 30s;
  EXPECT_TRUE(world.admit(first)->allowed());
}

// The approval is sealed, and no replica has acted on it yet.
TEST(Tries, WhatIsAboutToBeApprovedIsNotEndedEither) {
  World world;
  const auto other = world.another_replica();
  const auto first = stamped(world, "1");
  waited(world, first);
  const auto key = world.only_request();
  ReviewCall review{seams::person("alice"), world.cluster.at(key), {Verdict::approve, "", "", false}, "kubectl", false};
  std::optional<ReviewAnswer> stamp;
  boost::asio::co_spawn(world.io, other->review(std::move(review)),
                        [&](std::exception_ptr, ReviewAnswer given) { stamp = std::move(given); });
  world.clock.settle();
  world.cluster.append_review(key, *stamp->review);
  EXPECT_EQ(waited(world, stamped(world, "2")), Code::approval_pending);
  EXPECT_EQ(of_digest(world, first).status.state, State::approved);
  other->stop();
}

// Each was refused at once, and may be what the agent comes back with.
TEST(Tries, UnderRejectRequestsStandBesideEachOther) {
  World world;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(world.admit(rejected(world, std::to_string(i)))->code(), Code::approval_required);
  }
  EXPECT_EQ(pending(world), 3u);
  for (int i = 3; i < 8; ++i)
    EXPECT_EQ(world.admit(rejected(world, std::to_string(i)))->code(), Code::approval_required);
}

// Nine approvals, and no progress.
TEST(Tries, AfterFiveInARowNobodyIsAskedAndTheAnswerNamesWhatDiffers) {
  World world;
  for (int i = 0; i < 5; ++i) {
    const auto asked = rejected(world, std::to_string(i));
    EXPECT_EQ(world.admit(asked)->code(), Code::approval_required) << i;
    EXPECT_EQ(world.review(of_digest(world, asked).key, "alice", Verdict::approve), "");
    world.clock.advance(9min);  // until the agent comes again; the first approval is over by the third
  }
  const auto sixth = world.admit(rejected(world, "6"));
  ASSERT_EQ(sixth->code(), Code::differs_each_try);
  EXPECT_EQ(sixth->answer->status, 403);
  EXPECT_THAT(sixth->answer->message, HasSubstr(kStamp));
  EXPECT_THAT(sixth->answer->message, HasSubstr("5 times in a row"));
  EXPECT_EQ(world.cluster.all().size(), 5u);
  // Something else about the object is asked about as ever.
  auto another = world.image_change("api:7");
  another.ask.requester.user.credential_id = "JTI=one";
  another.ask.terms.while_pending = model::WhilePending::reject;
  EXPECT_EQ(world.admit(another)->code(), Code::approval_required);

  world.clock.advance(1h);
  EXPECT_EQ(world.admit(rejected(world, "8"))->code(), Code::approval_required);
}

TEST(Tries, AfterFiveInARowAWaitingCommandIsRefusedAsWell) {
  World world;
  for (int i = 0; i < 5; ++i) {
    const auto call = world.admit(stamped(world, std::to_string(i)));
    world.clock.advance(29s);
    EXPECT_EQ(call->code(), Code::approval_pending);
  }
  EXPECT_EQ(world.admit(stamped(world, "5"))->code(), Code::differs_each_try);
  EXPECT_EQ(world.admit(stamped(world, "6"))->code(), Code::differs_each_try);
  EXPECT_EQ(world.cluster.all().size(), 5u);
  world.clock.advance(5min);
  EXPECT_EQ(world.admit(stamped(world, "7"))->code(), Code::differs_each_try) << "it is no less of a row later on";
}

TEST(Tries, ARowEndsWithAUse) {
  World world;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(waited(world, stamped(world, std::to_string(i))), Code::approval_pending);
  const auto last = world.admit(stamped(world, "last"));
  world.review(of_digest(world, stamped(world, "last")).key, "alice", Verdict::approve);
  ASSERT_TRUE(last->allowed());
  world.clock.advance(2s);
  for (int i = 10; i < 15; ++i) {
    EXPECT_EQ(waited(world, stamped(world, std::to_string(i))), Code::approval_pending) << i;
  }
  EXPECT_EQ(waited(world, stamped(world, "15")), Code::differs_each_try);
}

// One replica does not know who waits at another, but what either has ended counts for both.
TEST(Tries, ARowIsOneWhicheverReplicaIsCalled) {
  World world;
  const auto other = world.another_replica();
  world.cluster.watch = [&](const auto& request) {
    boost::asio::co_spawn(world.io, world.engine->observe(request), boost::asio::detached);
    boost::asio::co_spawn(world.io, other->observe(request), boost::asio::detached);
  };
  std::size_t asked = 0;
  Code code = Code::approval_pending;
  for (int i = 0; i < 12 && code == Code::approval_pending; ++i) {
    const auto call = world.admit(stamped(world, std::to_string(i)), i % 2 == 0 ? *world.engine : *other);
    world.clock.advance(29s);
    code = call->code();
    asked += code == Code::approval_pending ? 1 : 0;
    EXPECT_LE(pending(world), 2u);
  }
  EXPECT_EQ(code, Code::differs_each_try);
  EXPECT_LE(asked, 6u);
  other->stop();
}

TEST(Tries, OfASecretItIsOnlySaidWhereItMayDiffer) {
  model::ActionRecord earlier, later;
  earlier.changes = {{"metadata.labels.modifiedAt", {}, "1", false, false}, {"data.release", {}, {}, false, true}};
  later.changes = {{"metadata.labels.modifiedAt", {}, "2", false, false}, {"data.release", {}, {}, false, true}};
  EXPECT_EQ(differing_words(earlier, later), "metadata.labels.modifiedAt, and perhaps data.release");
  EXPECT_EQ(differing_words(later, later), "perhaps data.release");
}

TEST(Tries, FewOfManyFieldsAreNamedAndTheirNamesAreCut) {
  model::ActionRecord earlier, later;
  for (int i = 0; i < 8; ++i) {
    later.changes.push_back({"data." + std::string(200, static_cast<char>('a' + i)), {}, "x", false, false});
  }
  const auto words = differing_words(earlier, later);
  EXPECT_LT(words.size(), 800u);
  EXPECT_THAT(words, HasSubstr("and 3 more"));
}

}  // namespace
}  // namespace sallyport::engine
