#include "engine/history.hpp"

#include <gtest/gtest.h>

#include "engine/recovery.hpp"
#include "seams/world.hpp"

// What has ended is removed in the end, and never while anything could still follow from it.
namespace sallyport::engine {
namespace {

using model::Code;
using model::State;
using model::Verdict;
using seams::MemoryCluster;
using seams::World;
using namespace std::chrono_literals;

constexpr Duration kCooldown = 10min;
constexpr Instant kNow{Duration(24h * 365 * 55)};

RequestStore::Entry ended(const std::string& name, Duration ago, State state = State::withdrawn) {
  RequestStore::Entry entry;
  entry.key = {"prod", name};
  entry.uid = "uid-of-" + name;
  entry.state = state;
  entry.decided_at = entry.ended_at = kNow - ago;
  entry.expires_at = kNow + 24h;
  return entry;
}

// The names of those that are to be removed, in order.
std::vector<std::string> chosen(const std::vector<RequestStore::Entry>& entries, const HistoryLimits& limits,
                                std::size_t at_most = 100) {
  std::vector<const RequestStore::Entry*> pointers;
  for (const auto& entry : entries) pointers.push_back(&entry);
  std::vector<std::string> names;
  for (const auto& removal : due_for_removal(pointers, kNow, limits, kCooldown, at_most)) {
    EXPECT_EQ(removal.uid, "uid-of-" + removal.key.name);
    names.push_back(removal.key.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(DueForRemoval, IsWhatEndedLongerAgoThanItIsKept) {
  const std::vector entries = {ended("new", 23h), ended("old", 25h), ended("older", 26h), ended("just", 24h)};
  EXPECT_EQ(chosen(entries, {24h, 0}), (Names{"older", "old", "just"}));
  EXPECT_EQ(chosen(entries, {0s, 0}), Names{}) << "for ever";
}

TEST(DueForRemoval, IsWhatANamespaceHasTooManyOfTheOldestFirst) {
  std::vector entries = {ended("c", 1h), ended("a", 3h), ended("b", 2h), ended("other", 9h)};
  entries.back().key.namespace_name = "elsewhere";
  EXPECT_EQ(chosen(entries, {0s, 3}), Names{});
  EXPECT_EQ(chosen(entries, {0s, 1}), (Names{"a", "b"}));
}

TEST(DueForRemoval, CountsWhatIsTooOldToo) {
  const std::vector entries = {ended("a", 30h), ended("b", 3h), ended("c", 2h)};
  EXPECT_EQ(chosen(entries, {24h, 2}), Names{"a"}) << "two are left, as many as may be";
  EXPECT_EQ(chosen(entries, {24h, 1}), (Names{"a", "b"}));
}

TEST(DueForRemoval, TakesNoneThatEndedLaterWhereOneHasToStay) {
  std::vector entries = {ended("used", 3h, State::used), ended("b", 2h), ended("c", 1h)};
  entries[0].valid_until = kNow + 1h;
  EXPECT_EQ(chosen(entries, {0s, 2}), Names{});
  EXPECT_EQ(chosen(entries, {0s, 1}), Names{"b"}) << "it would go in any case";
}

TEST(DueForRemoval, IsWhatTakesTooMuchOfANamespaceOrOfAll) {
  std::vector entries = {ended("a", 3h), ended("b", 2h), ended("c", 1h), ended("other", 9h)};
  entries.back().key.namespace_name = "elsewhere";
  for (auto& entry : entries) entry.bytes = 100;
  HistoryLimits limits{0s, 1000};
  limits.bytes_per_namespace = 400;
  EXPECT_EQ(chosen(entries, limits), Names{}) << "three quarters of it";
  limits.bytes_per_namespace = 399;
  EXPECT_EQ(chosen(entries, limits), Names{"a"});
  limits.bytes_in_all = 400;
  EXPECT_EQ(chosen(entries, limits), Names{"a"}) << "that is enough";
  limits.bytes_in_all = 300;
  EXPECT_EQ(chosen(entries, limits), (Names{"other", "a"}));
}

TEST(DueForRemoval, IsSoMuchAtOnceAndNoMore) {
  std::vector<RequestStore::Entry> entries;
  for (int i = 0; i < 10'000; ++i) entries.push_back(ended("r" + std::to_string(i), 25h + i * 1s));
  EXPECT_EQ(chosen(entries, {24h, 0}, 2), (Names{"r9999", "r9998"}));
}

TEST(DueForRemoval, IsNothingThatMayStillBeWorthSomething) {
  // A use may be entered again for half a minute.
  EXPECT_EQ(chosen({ended("a", 59s)}, {1s, 0}), Names{});
  EXPECT_EQ(chosen({ended("a", 60s)}, {1s, 0}), Names{"a"});
  // The cooldown after a denial is known by the denied request alone.
  EXPECT_EQ(chosen({ended("a", kCooldown, State::denied)}, {1s, 0}), Names{});
  EXPECT_EQ(chosen({ended("a", kCooldown + 1min, State::denied)}, {1s, 0}), Names{"a"});
  // A restored store may bring an approval back.
  auto used = ended("a", 2h, State::used);
  used.expires_at = kNow - 1h;
  used.valid_until = kNow - 59s;
  EXPECT_EQ(chosen({used}, {1s, 0}), Names{});
  used.valid_until = kNow - 60s;
  EXPECT_EQ(chosen({used}, {1s, 0}), Names{"a"});
  // ... or its reviews from before it was decided.
  used.expires_at = kNow - 59s;
  EXPECT_EQ(chosen({used}, {1s, 0}), Names{});
}

struct Asked : World {
  explicit Asked(HistoryLimits limits) : World(limits) {
    action = image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
  }
  // The one request that is not known yet.
  model::RequestKey ask(const std::string& image = "api:2") {
    const auto digest = image_change(image).ask.action.digest;
    action.ask.action = image_change(image).ask.action;
    action.ask.action.kubernetes()->target.name = image;  // so that no denial speaks for another
    action.call.deadline = clock.steady() + 30s;
    EXPECT_EQ(admit(action)->code(), Code::approval_required);
    for (const auto& request : cluster.all()) {
      if (request.spec.action.digest == digest && request.status.state == State::pending) return request.key;
    }
    ADD_FAILURE() << "no request was opened";
    return {};
  }
  model::RequestKey withdrawn(const std::string& image = "api:2") {
    auto key = ask(image);
    EXPECT_EQ(review(key, "deployer", Verdict::withdraw), "");
    clock.advance(1s);
    return key;
  }
  [[nodiscard]] bool is_there(const model::RequestKey& key) const {
    return std::ranges::any_of(cluster.all(), [&](const auto& request) { return request.key == key; });
  }
  seams::GatedCall action;
};

TEST(History, WhatHasEndedIsRemovedWithItsRecordsInTheLog) {
  Asked world({10min, 0});
  const auto key = world.withdrawn();
  const auto uid = world.cluster.at(key).uid;
  world.clock.advance(9min);
  EXPECT_TRUE(world.is_there(key));
  world.clock.advance(2min);
  EXPECT_FALSE(world.is_there(key));
  EXPECT_EQ(world.engine->store().size(), 0u);
  EXPECT_EQ(world.engine->history().removed(), 1u);
  ASSERT_EQ(world.journal.count("intent", "kind", "removal"), 1u);
  ASSERT_EQ(world.journal.count("request_removed"), 1u);
  EXPECT_EQ(world.journal.count("request_deleted"), 0u);
  for (const auto& record : world.journal.records) {
    if (record.event != "request_removed" && record.fields["kind"].text() != "removal") continue;
    EXPECT_EQ(record.fields["request"].text(), to_string(key));
    EXPECT_EQ(record.fields["request_uid"].text(), uid);
    EXPECT_EQ(record.fields["state"].text(), "Withdrawn");
    EXPECT_EQ(record.fields["why"].text(), "kept for 10m");
    EXPECT_TRUE(parse_instant(record.fields["ended_at"].text()));
  }
}

TEST(History, ANamespaceKeepsTheLastOnes) {
  Asked world({0s, 2});
  const auto first = world.withdrawn("api:2"), second = world.withdrawn("api:3"), third = world.withdrawn("api:4");
  world.clock.advance(2min);
  EXPECT_FALSE(world.is_there(first));
  EXPECT_TRUE(world.is_there(second) && world.is_there(third));
}

TEST(History, WithoutLimitsEverythingStays) {
  Asked world({0s, 0});
  const auto key = world.withdrawn();
  world.clock.advance(1h);
  EXPECT_TRUE(world.is_there(key));
}

TEST(History, NothingThatIsOpenIsEverRemoved) {
  Asked world({1min, 1});
  for (auto& policy : world.action.ask.terms.policies) policy.approval.valid_for = 1h;
  world.action.ask.terms.pending_timeout = 2h;
  const auto pending = world.ask("api:2"), approved = world.ask("api:3");
  world.review(approved, "alice", Verdict::approve);
  for (const auto* image : {"api:4", "api:5"}) world.withdrawn(image);
  world.clock.advance(59min);
  EXPECT_TRUE(world.is_there(pending) && world.is_there(approved));
  EXPECT_EQ(world.cluster.all().size(), 2u);
}

TEST(History, AGrantsRequestOutlivesItsWindowAndItsReviews) {
  Asked world({0s, 1});
  world.action.ask.terms.pending_timeout = 30min;
  for (auto& policy : world.action.ask.terms.policies) policy.approval.valid_for = 20min;
  const auto used = world.ask();
  world.review(used, "alice", Verdict::approve);
  EXPECT_TRUE(world.admit(world.action)->allowed());
  ASSERT_EQ(world.cluster.at(used).status.state, State::used);
  world.withdrawn("api:3");
  world.clock.advance(30min);
  EXPECT_TRUE(world.is_there(used));
  world.clock.advance(3min);
  world.withdrawn("api:4");
  world.withdrawn("api:5");
  world.clock.advance(3min);
  EXPECT_FALSE(world.is_there(used));
}

TEST(History, ADenialHoldsThroughItsCooldownWhateverElseAnAgentHasEnded) {
  Asked world({0s, 1});
  const auto denied = world.ask();
  world.review(denied, "alice", Verdict::deny);
  for (const auto* image : {"api:3", "api:4", "api:5"}) world.withdrawn(image);
  world.clock.advance(kCooldown - 10s);
  EXPECT_TRUE(world.is_there(denied));
  world.action.ask.action = world.image_change().ask.action;
  world.action.call.deadline = world.clock.steady() + 30s;
  EXPECT_EQ(world.admit(world.action)->code(), Code::approval_denied);
}

// Names count the ended requests of an action: where the first of them are gone, the next one is found all the same.
TEST(History, AnActionThatIsAskedForEveryDayIsAskedForAfterItsFirstRequestsAreGone) {
  Asked world({0s, 12});
  for (int day = 0; day < 60; ++day) {
    world.withdrawn();
    world.clock.advance(2min);
  }
  EXPECT_EQ(world.cluster.all().size(), 12u);
}

TEST(History, ARequestUnderTheNameOfARemovedOneIsAnotherRequest) {
  Asked world({10min, 0});
  const auto key = world.withdrawn();
  const auto removed = world.cluster.at(key);
  world.clock.advance(15min);
  ASSERT_FALSE(world.is_there(key));
  ASSERT_EQ(world.ask(), key);
  EXPECT_NE(world.cluster.at(key).uid, removed.uid);
  // Its withdrawal, put back, counts for nothing.
  world.cluster.append_review(key, removed.spec.reviews.at(0));
  world.clock.advance(5s);
  EXPECT_EQ(world.cluster.at(key).status.state, State::pending);
}

TEST(History, WhatHoldsAForgeryStaysForPeopleToSee) {
  Asked world({10min, 0});
  const auto whole = world.withdrawn("api:2"), forged = world.ask("api:3");
  auto status = world.cluster.at(forged).status;
  status.state = State::denied;
  status.decision = model::Decision{.verdict = State::denied, .decided_at = world.clock.now()};
  boost::asio::co_spawn(world.io, world.cluster.replace_status(world.cluster.at(forged), status),
                        boost::asio::detached);
  world.clock.advance(15min);
  EXPECT_FALSE(world.is_there(whole));
  EXPECT_TRUE(world.is_there(forged));
  EXPECT_EQ(world.journal.count("intent", "kind", "removal"), 1u);
}

TEST(History, WhatHasChangedMeanwhileStays) {
  Asked world({10min, 0});
  const auto key = world.withdrawn();
  world.clock.advance(9min);
  world.cluster.while_a_delete_is_sent = [&] {
    world.cluster.append_review(key, model::Review{.reviewer = "bob", .verdict = Verdict::approve});
  };
  world.clock.advance(2min);
  EXPECT_TRUE(world.is_there(key));
  EXPECT_EQ(world.journal.count("outcome", "result", "lost"), 1u);
  EXPECT_EQ(world.journal.count("request_removed"), 0u);
}

TEST(History, WithoutItsRecordOnDiskNothingIsRemoved) {
  Asked world({10min, 0});
  const auto key = world.withdrawn();
  world.journal.broken = true;
  world.clock.advance(30min);
  EXPECT_TRUE(world.is_there(key));
}

TEST(History, NothingIsRemovedWhileNothingMayBeDecided) {
  Asked world({10min, 0});
  const auto key = world.withdrawn();
  world.cluster.not_ready = "the API server's clock is 900 s from this replica's";
  world.clock.advance(30min);
  EXPECT_TRUE(world.is_there(key));
  world.cluster.not_ready.reset();
  world.engine->restoration().begin("for this test");
  world.clock.advance(30min);
  EXPECT_TRUE(world.is_there(key));
}

TEST(History, AnAnswerThatIsLostIsNoHarm) {
  for (const auto fault : {MemoryCluster::Fault::lost_landed, MemoryCluster::Fault::lost_lands_later,
                           MemoryCluster::Fault::lost_never_lands, MemoryCluster::Fault::refused_unsent}) {
    Asked world({10min, 0});
    const auto key = world.withdrawn();
    world.clock.advance(9min);
    world.cluster.faults = {fault};
    world.clock.advance(2min);
    EXPECT_EQ(world.journal.count("intent", "kind", "removal"), 1u);
    world.cluster.land_later_now();
    world.clock.advance(30min);
    EXPECT_FALSE(world.is_there(key));
    EXPECT_EQ(world.journal.count("request_removed"), 1u) << "whenever it was seen to be gone";
  }
}

TEST(History, ARefusalIsNotTriedAgainAtOnce) {
  Asked world({10min, 0});
  world.withdrawn();
  world.clock.advance(9min);
  world.cluster.faults.assign(1000, MemoryCluster::Fault::refused_unsent);
  world.clock.advance(1h);
  EXPECT_LE(world.journal.count("intent", "kind", "removal"), 13u);
  EXPECT_GT(world.engine->history().failed(), 2u);
}

TEST(History, TwoReplicasRemoveEachRequestOnce) {
  Asked world({10min, 0});
  auto other = world.another_replica();
  std::vector<model::RequestKey> keys;
  for (int i = 2; i < 12; ++i) keys.push_back(world.withdrawn("api:" + std::to_string(i)));
  for (const auto& request : world.cluster.all()) {
    boost::asio::co_spawn(world.io, other->observe(request), boost::asio::detached);
  }
  auto& watch = world.cluster.watch_removed;
  watch = [&, first = watch](const auto& request) {
    first(request);
    other->forget(request.key, request.uid);
  };
  boost::asio::co_spawn(world.io, other->tidy_history(), boost::asio::detached);
  world.clock.advance(15min);
  EXPECT_TRUE(world.cluster.all().empty());
  EXPECT_EQ(world.engine->history().removed() + other->history().removed(), keys.size());
  const auto in_both = [&](auto... what) { return world.journal.count(what...) + world.other_journal.count(what...); };
  EXPECT_EQ(in_both("request_removed"), keys.size());
  EXPECT_EQ(in_both("request_deleted"), keys.size()) << "by the replica that did not remove it";
  EXPECT_EQ(in_both("intent", "kind", "removal"), keys.size());
  other->stop();
  world.clock.advance(1s);
}

TEST(History, ARemovalThatACrashCutShortIsSettledAtTheNextStart) {
  for (const bool landed : {true, false}) {
    Asked world({10min, 0});
    const auto key = world.withdrawn();
    world.clock.advance(9min);
    world.cluster.faults = {landed ? MemoryCluster::Fault::lost_landed : MemoryCluster::Fault::lost_lands_later};
    world.clock.advance(2min);
    json::Value intent;
    for (const auto& record : world.journal.records) {
      if (record.fields["kind"].text() == "removal") intent = record.fields;
    }
    intent.set("stream", "memory").set("seq", std::uint64_t{1});
    boost::asio::co_spawn(world.io, close_open_intents(world.cluster, world.journal, {intent}), boost::asio::detached);
    world.clock.settle();
    EXPECT_EQ(world.journal.records.back().fields["came_of_it"].text(), landed ? "done" : "failed");
    world.cluster.land_later_now();
    EXPECT_EQ(world.is_there(key), !landed);
  }
}

// However it goes: deleted by a person, or marked for deletion while something still holds it.
TEST(History, WhatIsDeletedEarlyStandsInTheLogOnce) {
  Asked world({0s, 0});
  const auto at_once = world.withdrawn("api:2"), held = world.withdrawn("api:3");
  world.cluster.remove(at_once);
  auto marked = world.cluster.at(held);
  marked.deleting = true;
  boost::asio::co_spawn(world.io, world.engine->observe(marked), boost::asio::detached);
  world.clock.settle();
  world.cluster.remove(held);
  world.clock.settle();
  EXPECT_EQ(world.journal.count("request_deleted"), 2u);
  EXPECT_EQ(world.journal.count("request_deleted", "state", "Withdrawn"), 2u);
}

// Its loop goes on even so: one that returns counts as dead.
TEST(History, WhereAllIsKeptItsLoopEndsWithTheStopAlone) {
  World world(HistoryLimits{.retain = 0s, .per_namespace = 0});
  const auto replica = world.another_replica();
  bool has_ended = false;
  boost::asio::co_spawn(world.io, replica->tidy_history(), [&](const std::exception_ptr&) { has_ended = true; });
  world.clock.advance(48h);
  EXPECT_FALSE(has_ended);
  replica->stop();
  world.clock.settle();
  EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace sallyport::engine
