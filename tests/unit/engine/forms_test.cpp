// Replicas of two builds over one cluster, as during an upgrade and its rollback.
#include "model/forms.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

// The world's own replica is of the build before this one, whose seals have one form; `later` is of this one.
struct TwoBuilds : World {
  TwoBuilds() : World({}, {1, 1}) {
    auto settings_of_later = settings;
    settings_of_later.seal_forms = model::kSealForms;
    later = another_replica(settings_of_later);
    cluster.watch = [this](const auto& request) {
      boost::asio::co_spawn(io, engine->observe(request), boost::asio::detached);
      boost::asio::co_spawn(io, later->observe(request), boost::asio::detached);
    };
    asked = image_change();
    asked.ask.terms.while_pending = model::WhilePending::reject;
    asked.ask.action.kubernetes()->effects = {"RunsCode"};
    asked.ask.action.kubernetes()->guarded = {"node-reach"};
  }
  ~TwoBuilds() { clock.advance(5s); }

  std::shared_ptr<seams::Call> ask_by(Engine& replica) {
    asked.call.deadline = clock.steady() + 30s;
    return admit(asked, replica);
  }

  std::unique_ptr<Engine> later;
  seams::GatedCall asked;
};

TEST(TwoBuilds, WhatTheEarlierOneOpenedTheLaterOneDecidesAndUses) {
  TwoBuilds world;
  world.ask_by(*world.engine);
  const auto key = world.only_request();
  EXPECT_EQ(world.review(key, "alice", Verdict::approve, "", *world.later), "");
  EXPECT_TRUE(world.ask_by(*world.later)->allowed());
}

TEST(TwoBuilds, AsLongAsBothRunTheEarlierOneDecidesAndUsesWhatTheLaterOneOpened) {
  TwoBuilds world;
  world.later->others_read({model::Forms{1, 2}});
  world.ask_by(*world.later);
  const auto key = world.only_request();
  EXPECT_EQ(world.review(key, "alice", Verdict::approve), "");
  EXPECT_TRUE(world.ask_by(*world.engine)->allowed());
  EXPECT_EQ(world.journal.count("forged") + world.journal.count("unknown_form"), 0u);
}

// What its form does not cover must not stand in a request: anybody could have written it.
TEST(TwoBuilds, WhatAnActionDoesIsStoredOnceAllReadTheFormThatCoversIt) {
  TwoBuilds world;
  world.later->others_read({model::Forms{1, 2}});
  world.ask_by(*world.later);
  EXPECT_TRUE(world.request().spec.action.kubernetes()->effects.empty());
  EXPECT_TRUE(world.request().spec.action.kubernetes()->guarded.empty());
  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::deny), "");

  world.clock.advance(world.settings.cooldown + 1s);
  world.later->others_read({});
  world.ask_by(*world.later);
  const auto all = world.cluster.all();
  const auto open = std::ranges::find(all, State::pending, [](const auto& each) { return each.status.state; });
  ASSERT_NE(open, all.end());
  EXPECT_EQ(open->spec.action.kubernetes()->effects, std::vector<std::string>{"RunsCode"});
  EXPECT_EQ(open->spec.action.kubernetes()->guarded, std::vector<std::string>{"node-reach"});
  EXPECT_TRUE(open->spec.seal.starts_with("2:RunsCode/node-reach:")) << open->spec.seal;
}

// After a rollback: nothing is used, nothing is called forged, and the action is asked anew.
TEST(TwoBuilds, WhatTheLaterOneMadeInItsOwnFormIsUnknownToTheEarlierOne) {
  TwoBuilds world;
  world.later->others_read({});
  world.ask_by(*world.later);
  const auto key = world.only_request();
  EXPECT_EQ(world.review(key, "alice", Verdict::approve, "", *world.later), "");
  ASSERT_EQ(world.cluster.at(key).status.state, State::approved);

  EXPECT_EQ(world.engine->unknown_requests(), 1u);
  EXPECT_NE(world.review(key, "bob", Verdict::approve).find("another version"), std::string::npos);
  EXPECT_EQ(world.ask_by(*world.engine)->code(), Code::approval_required);
  EXPECT_EQ(world.cluster.all().size(), 2u);
  EXPECT_TRUE(world.cluster.at(key).status.uses.empty());
  EXPECT_EQ(world.journal.count("forged"), 0u);
  EXPECT_EQ(world.journal.count("unknown_form"), 1u) << "once";
  EXPECT_EQ(world.engine->forged_decisions(), 0u);

  // What it asked anew goes its way.
  for (const auto& request : world.cluster.all()) {
    if (request.key != key) EXPECT_EQ(world.review(request.key, "alice", Verdict::approve), "");
  }
  EXPECT_TRUE(world.ask_by(*world.engine)->allowed());
}

TEST(TwoBuilds, UnknownRequestsTakeNoPlaceAndAreNotLookedAtAgain) {
  TwoBuilds world;
  world.later->others_read({});
  world.ask_by(*world.later);
  EXPECT_EQ(world.engine->store().open_of_agent("deployer"), 0u);
  EXPECT_EQ(world.later->store().open_of_agent("deployer"), 1u);
  EXPECT_TRUE(world.engine->store().due(world.clock.now() + 48h).empty());
}

// What a build cannot read it does not write over, whatever it knew of the request before.
TEST(TwoBuilds, AnEndIsNotWrittenOverADecisionThatHasBecomeUnknown) {
  TwoBuilds world;
  world.ask_by(*world.engine);
  const auto key = world.only_request();
  EXPECT_EQ(world.review(key, "alice", Verdict::approve), "");
  ASSERT_EQ(world.cluster.at(key).status.state, State::approved);
  // No watch has told of it yet.
  world.cluster.at(key).status.uses.push_back({.seal = "2:ab"});
  world.cluster.at(key).resource_version = "100000";

  world.in_force.has = [](const auto&) { return false; };
  world.cluster.not_there = {"promote-image"};
  world.engine->policies_changed();
  world.clock.advance(40s);
  EXPECT_EQ(world.cluster.at(key).status.state, State::approved);
  EXPECT_EQ(world.cluster.at(key).status.decision->verdict, State::approved);
  EXPECT_EQ(world.engine->unknown_requests(), 1u);
}

// Of digests, too, the later build has two forms: it makes both of each action.
struct TwoDigests : TwoBuilds {
  TwoDigests() {
    auto settings_of_later = settings;
    settings_of_later.digest_forms = {2, 3};
    later = another_replica(settings_of_later);
    old_digest = asked.ask.action.digest;
  }
  std::shared_ptr<seams::Call> ask_by_later() {
    auto both = asked;
    both.ask.digests = {new_digest, old_digest};
    both.call.deadline = clock.steady() + 30s;
    return admit(both, *later);
  }

  std::string old_digest;
  std::string new_digest = "sha256:of-form-3";
};

TEST(TwoDigests, AsLongAsBothRunBothGoByTheOlder) {
  TwoDigests world;
  world.later->others_read({model::Forms{1, 2}});
  world.ask_by_later();
  const auto key = world.only_request();
  EXPECT_EQ(world.cluster.at(key).spec.action.digest, world.old_digest);
  EXPECT_EQ(world.review(key, "alice", Verdict::approve), "");
  EXPECT_TRUE(world.ask_by(*world.engine)->allowed());
}

TEST(TwoDigests, ANewOneIsOfTheNewerOnceAllReadIt) {
  TwoDigests world;
  world.ask_by_later();
  EXPECT_EQ(world.request().spec.action.digest, world.old_digest) << "nobody has said yet what others read";
  world.asked = world.image_change("api:3");
  world.asked.ask.terms.while_pending = model::WhilePending::reject;
  world.old_digest = world.asked.ask.action.digest;
  world.later->others_read({});
  world.ask_by_later();
  const auto all = world.cluster.all();
  EXPECT_EQ(std::ranges::count(all, world.new_digest, [](const auto& each) { return each.spec.action.digest; }), 1);
}

TEST(TwoDigests, WhatPeopleWereAskedUnderTheOlderStillCountsThen) {
  TwoDigests world;
  world.ask_by(*world.engine);
  const auto key = world.only_request();
  world.later->others_read({});
  EXPECT_EQ(world.ask_by_later()->code(), Code::approval_required);
  EXPECT_EQ(world.only_request(), key) << "no second question";
  EXPECT_EQ(world.review(key, "alice", Verdict::approve, "", *world.later), "");
  EXPECT_TRUE(world.ask_by_later()->allowed());
}

// The same write enters twice (a webhook after ours has changed it): its approval was of before the switch.
TEST(TwoDigests, AUseUnderTheOlderIsEnteredAgainAfterTheSwitch) {
  TwoDigests world;
  world.ask_by(*world.engine);
  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::approve), "");
  world.later->others_read({});
  EXPECT_TRUE(world.ask_by_later()->allowed());
  ASSERT_EQ(world.request().status.state, State::used);
  EXPECT_TRUE(world.ask_by_later()->allowed());
  EXPECT_EQ(world.request().status.uses.size(), 1u);
  world.clock.advance(kReentryWindow + 1s);
  ++world.asked.call.generation;
  EXPECT_FALSE(world.ask_by_later()->allowed());
  EXPECT_EQ(std::ranges::count(world.cluster.all(), world.new_digest,
                               [](const auto& each) { return each.spec.action.digest; }),
            1);
}

TEST(TwoDigests, WhileARequestIsBeingOpenedNoneOfAnotherFormIs) {
  TwoDigests world;
  world.cluster.latency = [] { return 100ms; };
  world.later->others_read({model::Forms{1, 2}});
  world.ask_by_later();
  world.later->others_read({});
  world.ask_by_later();
  world.clock.advance(2s);
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

TEST(TwoDigests, ADenialThatIsLongOverHidesNoApproval) {
  TwoDigests world;
  world.later->others_read({});
  world.ask_by_later();
  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::deny, "", *world.later), "");
  world.clock.advance(world.settings.cooldown + 1s);
  world.ask_by(*world.engine);
  for (const auto& request : world.cluster.all()) {
    if (request.status.state == State::pending) EXPECT_EQ(world.review(request.key, "alice", Verdict::approve), "");
  }
  EXPECT_TRUE(world.ask_by_later()->allowed());
}

TEST(TwoDigests, ADenialUnderTheOlderIsNotAskedAroundUnderTheNewer) {
  TwoDigests world;
  world.ask_by(*world.engine);
  EXPECT_EQ(world.review(world.only_request(), "alice", Verdict::deny), "");
  world.later->others_read({});
  EXPECT_EQ(world.ask_by_later()->code(), Code::approval_denied);
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

}  // namespace
}  // namespace sallyport::engine
