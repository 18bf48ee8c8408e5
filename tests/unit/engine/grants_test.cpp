#include <algorithm>
#include <ranges>

#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::MemoryCluster;
using seams::World;
using namespace std::chrono_literals;

// A world in which the image change is approved and its next call would use the grant.
struct Approved : World {
  Approved() {
    action = image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    admit(action);
    key = only_request();
    review(key, "alice", Verdict::approve);
    action.call.deadline = clock.steady() + 30s;
  }
  seams::GatedCall action;
  model::RequestKey key;
};

TEST(Grants, TheLogKnowsTheUseBeforeEtcdDoes) {
  Approved world;
  world.journal.broken = true;
  const auto call = world.admit(world.action);
  EXPECT_EQ(call->code(), Code::log_unavailable);
  EXPECT_TRUE(world.cluster.at(world.key).status.uses.empty());
}

TEST(Grants, ALostAnswerOfAWriteThatLandedIsFoundByTheFence) {
  Approved world;
  world.cluster.faults = {MemoryCluster::Fault::lost_landed};
  EXPECT_TRUE(world.admit(world.action)->allowed());
  EXPECT_EQ(world.cluster.at(world.key).status.uses.size(), 1u);
}

TEST(Grants, AWriteThatMayStillLandIsFencedOffAndTriedAnew) {
  Approved world;
  world.cluster.faults = {MemoryCluster::Fault::lost_lands_later};
  const auto call = world.admit(world.action);
  EXPECT_TRUE(call->allowed());
  const auto uses = world.cluster.at(world.key).status.uses;
  ASSERT_EQ(uses.size(), 1u);
  world.cluster.land_later_now();
  ASSERT_EQ(world.cluster.at(world.key).status.uses.size(), 1u) << "the fence took its place";
  EXPECT_EQ(world.cluster.at(world.key).status.uses[0].seal, uses[0].seal);
}

TEST(Grants, AnOutcomeThatCanNotBeFoundOutRefuses) {
  Approved world;
  world.cluster.faults = {MemoryCluster::Fault::lost_never_lands, MemoryCluster::Fault::lost_never_lands};
  const auto call = world.admit(world.action);
  EXPECT_EQ(call->code(), Code::grant_lost);
  EXPECT_EQ(world.journal.count("outcome", "result", "unknown"), 1u);
}

TEST(Grants, AnUpdateOfAnUnmovedGenerationEntersItsUseAgain) {
  Approved world;
  ASSERT_TRUE(world.admit(world.action)->allowed());
  world.action.call.uid = "second try of the API server";
  EXPECT_TRUE(world.admit(world.action)->allowed());
  EXPECT_EQ(world.cluster.at(world.key).status.uses.size(), 1u);
  EXPECT_EQ(world.journal.count("reentered"), 1u);
}

struct NoReentry {
  const char* name;
  void (*change)(Approved&);
};

class StrictlySingleUse : public testing::TestWithParam<NoReentry> {};

TEST_P(StrictlySingleUse, AsksAgain) {
  Approved world;
  ASSERT_TRUE(world.admit(world.action)->allowed());
  GetParam().change(world);
  world.action.call.deadline = world.clock.steady() + 30s;
  const auto again = world.admit(world.action);
  EXPECT_FALSE(again->allowed());
  EXPECT_EQ(world.cluster.at(world.key).status.uses.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    All, StrictlySingleUse,
    testing::Values(NoReentry{"the generation has moved", [](Approved& w) { w.action.call.generation = 8; }},
                    NoReentry{"the kind has no generation", [](Approved& w) { w.action.call.generation = 0; }},
                    NoReentry{"only metadata changes", [](Approved& w) { w.action.call.beyond_metadata = false; }},
                    NoReentry{
                        "it is a CREATE",
                        [](Approved& w) { w.action.ask.action.kubernetes()->operation = model::Operation::create; }},
                    NoReentry{"34 s are over", [](Approved& w) { w.clock.advance(35s); }}),
    [](const auto& info) {
      std::string name = info.param.name;
      for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

// As soon as another policy matches, and when the API server may be trying the same write once more, too.
TEST(Grants, WhatIsOverIsNoGrantWhateverItsPoliciesWere) {
  using model::Operation;
  for (const auto operation : {Operation::create, Operation::update, Operation::del, Operation::connect}) {
    for (const auto later : {Duration(1s), Duration(1min)}) {
      Approved world;
      world.action.ask.action.kubernetes()->operation = operation;
      ASSERT_TRUE(world.admit(world.action)->allowed());
      world.clock.advance(later);
      world.action.call.deadline = world.clock.steady() + 30s;
      world.action.ask.terms.policies.push_back(seams::policy("second", {seams::one_of("owner", "oncall")}));
      const auto call = world.admit(world.action);
      EXPECT_EQ(call->code(), Code::approval_required) << call->answer->message;
      ASSERT_EQ(world.cluster.all().size(), 2u);
      EXPECT_EQ(world.cluster.at(world.key).status.uses.size(), 1u);

      // The new one is decided and used like any other.
      const auto all = world.cluster.all();
      const auto& anew = all[0].key == world.key ? all[1] : all[0];
      for (const auto* who : {"alice", "bob"}) EXPECT_EQ(world.review(anew.key, who, Verdict::approve), "");
      EXPECT_TRUE(world.admit(world.action)->allowed());
    }
  }
}

model::Condition condition(const model::ApprovalRequest& request, std::string_view type) {
  const auto& all = request.status.conditions;
  const auto found = std::ranges::find(all, type, &model::Condition::type);
  return found == all.end() ? model::Condition{} : *found;
}

// A quota may be full, a name be taken: nobody tells us.
TEST(Grants, AUseIsNoClaimThatTheWriteHasHappened) {
  Approved world;
  ASSERT_TRUE(world.admit(world.action)->allowed());
  const auto message = condition(world.cluster.at(world.key), "Used").message;
  EXPECT_TRUE(message.starts_with("let through 1 of 1 times. ")) << message;
  EXPECT_TRUE(message.ends_with(model::kUnseenOutcome)) << message;
  EXPECT_EQ(world.cluster.events.back(), "Used");
  EXPECT_NE(world.cluster.notes.back().find(model::kUnseenOutcome), std::string::npos) << world.cluster.notes.back();
}

TEST(Grants, WhoIsAskedAgainIsToldThatAnApprovalWasUsedBefore) {
  Approved world;
  EXPECT_EQ(condition(world.cluster.at(world.key), model::kAskedBefore).type, "");
  ASSERT_TRUE(world.admit(world.action)->allowed());
  const auto at = world.cluster.at(world.key).status.uses.back().time;
  world.clock.advance(1min);
  world.action.call.deadline = world.clock.steady() + 30s;
  ASSERT_EQ(world.admit(world.action)->code(), Code::approval_required);
  const auto all = world.cluster.all();
  ASSERT_EQ(all.size(), 2u);
  const auto& anew = all[0].key == world.key ? all[1] : all[0];
  const auto told = condition(anew, model::kAskedBefore);
  EXPECT_EQ(told.status, "True");
  EXPECT_NE(told.message.find("request " + world.key.name + " let it through at " + format_instant(at)),
            std::string::npos)
      << told.message;
  EXPECT_NE(world.cluster.notes.back().find(told.message), std::string::npos) << world.cluster.notes.back();
  const auto opened =
      std::ranges::find(world.journal.records | std::views::reverse, "request_opened", &model::LogRecord::event);
  EXPECT_EQ(opened->fields["asked_before"]["request"].text(), to_string(world.key));

  // It stays with the request to its end.
  EXPECT_EQ(world.review(anew.key, "alice", Verdict::approve), "");
  EXPECT_EQ(condition(world.cluster.at(anew.key), model::kAskedBefore).message, told.message);
}

TEST(Grants, OfACommandInAPodNoEffectIsMissed) {
  Approved world;
  world.action.ask.action.kubernetes()->operation = model::Operation::connect;
  ASSERT_TRUE(world.admit(world.action)->allowed());
  ASSERT_EQ(world.admit(world.action)->code(), Code::approval_required);
  for (const auto& request : world.cluster.all()) EXPECT_EQ(condition(request, model::kAskedBefore).type, "");
}

TEST(Grants, SeveralUsesAreCountedOneByOne) {
  World world;
  auto action = world.image_change();
  action.ask.terms.policies[0].approval.uses = 3;
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  world.review(world.only_request(), "alice", Verdict::approve);
  for (int use = 0; use < 3; ++use) {
    action.call.generation = 7 + use;  // each lands, and the next is a new write
    EXPECT_TRUE(world.admit(action)->allowed());
  }
  EXPECT_EQ(world.request().status.state, State::used);
  action.call.generation = 20;
  EXPECT_FALSE(world.admit(action)->allowed());
}

TEST(Grants, NothingUnsealedGrants) {
  const std::vector<void (*)(model::ApprovalRequest&)> forgeries = {
      [](auto& r) { r.status.decision->valid_until += 1h; },
      [](auto& r) { r.spec.action.changes.clear(); },
      [](auto& r) { r.spec.policies[0].approval.uses = 100; },
      [](auto& r) { r.status.decision->seal = std::string(64, '0'); },
      [](auto& r) { r.uid = "another request"; },
  };
  for (const auto& forge : forgeries) {
    Approved world;
    forge(world.cluster.at(world.key));
    EXPECT_FALSE(world.admit(world.action)->allowed());
  }
}

TEST(Grants, AForgedApprovalIsReportedAndCountsForNothing) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  const auto key = world.only_request();
  model::Review forged{
      "alice", "uid-of-alice",         Verdict::approve, "", "kubectl", world.clock.now(), {"promote-image/owner"},
      false,   "copied-from-elsewhere"};
  world.cluster.append_review(key, forged);
  world.clock.advance(5s);
  EXPECT_EQ(world.cluster.at(key).status.state, State::pending);
  EXPECT_EQ(world.journal.count("forged"), 1u);
}

TEST(Grants, ARevokedApprovalGrantsNothing) {
  Approved world;
  EXPECT_EQ(world.review(world.key, "bob", Verdict::revoke), "");
  EXPECT_EQ(world.cluster.at(world.key).status.state, State::revoked);
  const auto call = world.admit(world.action);
  EXPECT_FALSE(call->allowed());
}

TEST(Grants, ASealedRevokeStopsAUseEvenBeforeItIsHandled) {
  Approved world;
  const auto& request = world.cluster.at(world.key);
  const Sealer sealer(Secret("a key for tests, 32 bytes long...."), "cluster-1");
  model::Review revoke{"bob", "uid-of-bob", Verdict::revoke, "", "kubectl", world.clock.now(), {}, false, ""};
  revoke.seal = sealer.seal_review(request, revoke, seal_before_next_review(request.spec));
  world.cluster.watch = [](const auto&) {};  // this replica has not heard of it
  world.cluster.append_review(world.key, revoke);
  EXPECT_EQ(world.admit(world.action)->code(), Code::approval_revoked);
}

}  // namespace
}  // namespace sallyport::engine
