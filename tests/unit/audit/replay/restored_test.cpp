// What is in the cluster no more stands in the log: what people were shown, what they said, what came of it.
#include "audit/replay/restored.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "seams/world.hpp"
#include "unit/audit/replay/story.hpp"

namespace sallyport::audit {
namespace {

using model::Verdict;
using seams::World;

model::ApprovalRequest restored_from(const World& world) {
  Histories histories;
  add(histories, world, world.journal, "memory");
  histories.close();
  EXPECT_EQ(histories.requests().size(), 1u);
  return restored(histories.requests().begin()->second);
}

seams::GatedCall call(World& world) {
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  action.ask.reason = "the fix";
  action.ask.action.kubernetes()->effects = {"RunsCode"};
  action.ask.action.changes.push_back({"data['a.conf']", "3 lines", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", false, false});
  action.ask.action.changes.push_back({"data.key", std::nullopt, std::nullopt, false, true});
  action.ask.action.changes.push_back({"spec.replicas", "1", std::nullopt, true, false});
  return action;
}

TEST(Restored, IsWhatPeopleWereShown) {
  World world;
  world.admit(call(world));
  const auto& was = world.cluster.at(world.only_request());
  const auto is = restored_from(world);
  EXPECT_EQ(is.key, was.key);
  EXPECT_EQ(is.spec.reason, "the fix");
  EXPECT_EQ(is.spec.requester.agent, was.spec.requester.agent);
  EXPECT_EQ(is.spec.action.summary, was.spec.action.summary);
  EXPECT_EQ(is.spec.action.digest, was.spec.action.digest);
  ASSERT_EQ(is.spec.action.changes.size(), was.spec.action.changes.size());
  for (std::size_t i = 0; i < was.spec.action.changes.size(); ++i) {
    const auto& one = is.spec.action.changes[i];
    const auto& other = was.spec.action.changes[i];
    EXPECT_EQ(std::tie(one.path, one.from, one.to, one.ignored, one.redacted),
              std::tie(other.path, other.from, other.to, other.ignored, other.redacted));
  }
  const auto& action = *is.spec.action.kubernetes();
  EXPECT_EQ(action.operation, model::Operation::update);
  EXPECT_EQ(action.target.name, "api");
  EXPECT_THAT(action.effects, testing::ElementsAre("RunsCode"));
  EXPECT_EQ(is.status.state, model::State::pending);
}

TEST(Restored, IsWhatWasDecidedAndDone) {
  World world;
  const auto action = call(world);
  world.admit(action);
  const auto key = world.only_request();
  world.review(key, "alice", Verdict::approve);
  ASSERT_TRUE(world.admit(action)->allowed());
  const auto& was = world.cluster.at(key);
  const auto is = restored_from(world);
  EXPECT_EQ(is.status.state, model::State::used);
  ASSERT_EQ(is.spec.reviews.size(), 1u);
  EXPECT_EQ(is.spec.reviews[0].reviewer, "alice");
  EXPECT_EQ(is.spec.reviews[0].satisfies, was.spec.reviews[0].satisfies);
  ASSERT_TRUE(is.status.decision);
  EXPECT_EQ(is.status.decision->verdict, model::State::approved);
  EXPECT_EQ(is.status.decision->valid_until, was.status.decision->valid_until);
  ASSERT_EQ(is.status.uses.size(), 1u);
  EXPECT_EQ(is.status.uses[0].admission_uid, was.status.uses[0].admission_uid);
}

TEST(Restored, OfACommandInAPodIsTheCommand) {
  World world;
  auto action = call(world);
  auto& kubernetes = *action.ask.action.kubernetes();
  kubernetes.operation = model::Operation::connect;
  kubernetes.connect =
      model::Connect{.container = "app", .command = {"sh", "-c", "id"}, .stdin_attached = true, .tty = true};
  action.ask.action.changes.clear();
  world.admit(action);
  const auto is = restored_from(world);
  ASSERT_TRUE(is.spec.action.kubernetes()->connect);
  const auto& connect = *is.spec.action.kubernetes()->connect;
  EXPECT_THAT(connect.command, testing::ElementsAre("sh", "-c", "id"));
  EXPECT_TRUE(connect.stdin_attached && connect.tty);
  EXPECT_EQ(connect.container, "app");
}

// A line holds a mebibyte: that there was a request matters more than what its reviewers saw.
TEST(Restored, WhereALineHasNoRoomForTheChangeThatIsSaid) {
  World world;
  auto action = call(world);
  action.ask.action.changes = {{"data.a", std::nullopt, std::string(200u << 10, '"'), false, false}};
  auto& policies = action.ask.terms.policies;
  policies.front().approval.requirements.front().approvers.assign(
      2000, {.kind = model::Approver::Kind::user, .name = std::string(500, 'x')});
  world.admit(action);
  const auto& opened = world.journal.records.front();
  ASSERT_EQ(opened.event, "request_opened");
  EXPECT_EQ(opened.fields["changes_bytes"].unsigned_integer().value_or(0) > (400u << 10), true);
  EXPECT_EQ(opened.fields.find("changes"), nullptr);
  EXPECT_TRUE(restored_from(world).spec.action.truncated);
}

}  // namespace
}  // namespace sallyport::audit
