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
