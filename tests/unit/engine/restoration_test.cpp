#include "engine/restoration.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "seams/world.hpp"

// The store goes back to an earlier state, as when a snapshot of etcd is restored: what was used since is not used
// again.
namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

std::uint64_t version_of(const model::ApprovalRequest& request) {
  return version_number(request.resource_version);
}

// The image change is approved and used; `before` is its request as a snapshot had it that was taken in between.
struct Used : World {
  Used() {
    action = image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    admit(action);
    key = only_request();
    review(key, "alice", Verdict::approve);
    before = cluster.at(key);
    EXPECT_TRUE(admit(action)->allowed());
    clock.advance(1min);  // beyond what could be the same write, entered again
    action.call.uid = "another";
    action.call.deadline = clock.steady() + 30s;
  }

  void restore() { cluster.at(key) = before; }

  std::shared_ptr<seams::Call> call_again() {
    action.call.deadline = clock.steady() + 30s;
    return admit(action);
  }

  void confirm_twice() {
    engine->restoration().confirmed();
    engine->restoration().confirmed();
    clock.advance(2s);
  }

  seams::GatedCall action;
  model::RequestKey key;
  model::ApprovalRequest before;
};

TEST(Restoration, AnApprovalThatWasUsedIsNotUsedAgain) {
  Used world;
  world.restore();
  const auto call = world.call_again();
  EXPECT_FALSE(call->allowed());
  EXPECT_TRUE(world.cluster.at(world.key).status.uses.empty());
}

TEST(Restoration, WhatAQuorumReadShowsStopsEverythingUntilAllIsRevoked) {
  Used world;
  auto other = world.image_change("api:3");
  other.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(other);
  model::RequestKey other_key;
  for (const auto& request : world.cluster.all()) {
    if (request.key != world.key) other_key = request.key;
  }
  world.review(other_key, "alice", Verdict::approve);
  ASSERT_EQ(world.cluster.at(other_key).status.state, State::approved);

  const auto known = version_of(world.cluster.at(world.key));
  world.restore();
  // Whoever enters the used request again is who finds out.
  world.engine->restoration().read(world.cluster.at(world.key), known);
  EXPECT_TRUE(world.engine->restoration().under_way());
  EXPECT_EQ(world.call_again()->code(), Code::not_ready);
  world.clock.advance(5s);
  EXPECT_EQ(world.cluster.at(world.key).status.state, State::approved) << "the store may lack requests until confirmed";

  world.confirm_twice();
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_EQ(world.cluster.at(world.key).status.state, State::revoked);
  EXPECT_EQ(world.cluster.at(world.key).status.revocation->reason, "StoreRestored");
  EXPECT_EQ(world.cluster.at(other_key).status.state, State::revoked);
  EXPECT_EQ(world.journal.count("store_restored"), 1u);
  EXPECT_EQ(world.call_again()->code(), Code::approval_required);
}

TEST(Restoration, AnAnswerThatNewsOvertookDoesNot) {
  Used world;
  world.cluster.while_a_read_is_answered = [&world] {
    world.cluster.append_review(world.key, model::Review{.reviewer = "bob", .verdict = Verdict::approve});
  };
  world.call_again();
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_EQ(world.journal.count("store_restored"), 0u);
}

TEST(Restoration, AListBehindWhatWasSeenShowsIt) {
  Used world;
  const auto seen = version_of(world.cluster.at(world.key));
  world.engine->synced(seen);
  EXPECT_FALSE(world.engine->restoration().under_way());
  world.engine->synced(seen - 1);
  EXPECT_TRUE(world.engine->restoration().under_way());
}

TEST(Restoration, AReplicaThatStartsKnowsItFromItsLog) {
  Used world;
  const auto& used = world.cluster.at(world.key);
  {
    auto fresh = world.another_replica();
    fresh->restoration().remember({version_of(used), {{world.key, used.uid, 1}}});
    fresh->synced(version_of(used) + 5);
    EXPECT_FALSE(fresh->restoration().under_way());
  }
  {
    auto behind = world.another_replica();
    behind->restoration().remember({version_of(used), {}});
    behind->synced(version_of(used) - 1);
    EXPECT_TRUE(behind->restoration().under_way());
  }
}

TEST(Restoration, AUseThatTheLogKnowsAndTheRequestDoesNotShowsIt) {
  Used world;
  world.restore();
  auto fresh = world.another_replica();
  fresh->restoration().remember({1, {{world.key, world.before.uid, 1}}});
  boost::asio::co_spawn(world.io, fresh->observe(world.cluster.at(world.key)), boost::asio::detached);
  world.clock.settle();
  fresh->synced(1'000'000);
  EXPECT_TRUE(fresh->restoration().under_way());
  world.clock.advance(3s);  // what it has begun ends before it does
}

TEST(Restoration, PendingRequestsStayAsTheyAre) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  world.engine->restoration().begin("for this test");
  world.engine->restoration().confirmed();
  world.engine->restoration().confirmed();
  world.clock.advance(2s);
  EXPECT_EQ(world.request().status.state, State::pending);
  EXPECT_FALSE(world.engine->restoration().under_way());
}

// Several actions, each approved; the requests' keys, in order.
struct Approved : World {
  explicit Approved(int count) {
    for (int i = 0; i < count; ++i) {
      auto action = image_change("api:" + std::to_string(i));
      action.ask.terms.while_pending = model::WhilePending::reject;
      admit(action);
    }
    for (const auto& request : cluster.all()) {
      keys.push_back(request.key);
      review(request.key, "alice", Verdict::approve);
    }
  }
  void begin() {
    engine->restoration().begin("for this test");
    engine->restoration().confirmed();
    engine->restoration().confirmed();
    cluster.reads.clear();
  }
  [[nodiscard]] State state(std::size_t i) { return cluster.at(keys[i]).status.state; }

  std::vector<model::RequestKey> keys;
};

TEST(Restoration, AfterAnErrorItGoesOnWhereItStopped) {
  Approved world(3);
  world.begin();
  world.cluster.unreadable = {world.keys[1]};
  world.clock.advance(10s);
  EXPECT_EQ(world.state(0), State::revoked);
  EXPECT_TRUE(world.engine->restoration().under_way());
  EXPECT_GE(world.cluster.reads[world.keys[1]], 5u) << "it is tried again each second";
  EXPECT_EQ(world.cluster.reads[world.keys[0]], 2u) << "by the restoration, and by what the revocation set off";

  world.cluster.unreadable.clear();
  world.clock.advance(2s);
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_EQ(world.state(1), State::revoked);
  EXPECT_EQ(world.state(2), State::revoked);
  EXPECT_EQ(world.journal.records.back().fields["revoked"].unsigned_integer().value_or(0), 3u);
}

// All replicas revoke the same list in the same order.
TEST(Restoration, WhoLosesARaceLooksAtTheRequestAgainAtOnce) {
  Approved world(2);
  world.begin();
  world.cluster.while_a_read_is_answered = [&world] {
    world.cluster.append_review(world.keys[0], model::Review{.reviewer = "mallory", .verdict = Verdict::approve});
  };
  world.clock.advance(1s);  // one look
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_EQ(world.state(0), State::revoked);
  EXPECT_EQ(world.state(1), State::revoked);
}

TEST(Restoration, OnlyWhatMayStillBeOpenIsRead) {
  Approved world(1);
  world.clock.advance(1h);  // its window is over
  auto pending = world.image_change("api:9");
  pending.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(pending);
  world.begin();
  world.clock.advance(2s);
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_TRUE(world.cluster.reads.empty());
}

// It was pending in the store that went back, and its review may be one that had been taken back since.
TEST(Restoration, WhatIsApprovedMeanwhileIsRevokedToo) {
  Approved world(2);
  auto action = world.image_change("api:9");
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  const auto all = world.cluster.all();
  const auto pending = std::ranges::find(all, State::pending, [](const auto& one) { return one.status.state; });
  ASSERT_NE(pending, all.end());
  world.begin();
  world.cluster.unreadable = {world.keys[1]};
  world.clock.advance(2s);
  EXPECT_EQ(world.review(pending->key, "alice", Verdict::approve), "");
  world.clock.advance(5s);
  ASSERT_EQ(world.cluster.at(pending->key).status.state, State::approved);
  world.cluster.unreadable.clear();
  world.clock.advance(5s);
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_EQ(world.cluster.at(pending->key).status.state, State::revoked);
}

TEST(Restoration, AStoreThatGoesBackOnceMoreIsGoneThroughAnew) {
  Approved world(2);
  world.begin();
  world.cluster.unreadable = {world.keys[1]};
  world.clock.advance(2s);
  ASSERT_EQ(world.state(0), State::revoked);
  world.engine->restoration().begin("once more");
  world.cluster.unreadable.clear();
  world.clock.advance(5s);
  EXPECT_TRUE(world.engine->restoration().under_way()) << "the store may lack requests until confirmed";
  world.engine->restoration().confirmed();
  world.engine->restoration().confirmed();
  world.clock.advance(2s);
  EXPECT_FALSE(world.engine->restoration().under_way());
  EXPECT_EQ(world.engine->restoration().count(), 1u);
}

TEST(Restoration, WithoutALogItDoesNotEnd) {
  World world;
  world.journal.broken = true;
  world.engine->restoration().begin("for this test");
  world.engine->restoration().confirmed();
  world.engine->restoration().confirmed();
  world.clock.advance(5s);
  EXPECT_TRUE(world.engine->restoration().under_way());
}

}  // namespace
}  // namespace sallyport::engine
