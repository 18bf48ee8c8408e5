#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::Verdict;
using seams::World;

TEST(Gate, DryRunCreatesHoldsAndUsesNothing) {
  World world;
  auto action = world.image_change();
  action.call.dry_run = true;
  const auto before = world.admit(action);
  EXPECT_TRUE(before->allowed());
  EXPECT_EQ(before->code(), Code::would_ask);
  ASSERT_EQ(before->answer->warnings.size(), 1u);
  EXPECT_TRUE(before->answer->warnings[0].ends_with("[code=WouldAsk policy=prod/promote-image]"));
  EXPECT_TRUE(world.cluster.all().empty());

  auto real = world.image_change();
  real.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(real);
  world.review(world.only_request(), "alice", Verdict::approve);
  EXPECT_TRUE(world.admit(action)->allowed());
  EXPECT_TRUE(world.request().status.uses.empty());
}

// What a dry run shows it shows each time, and a token that it makes is a real one.
TEST(Gate, ADryRunThatGivesSomethingAwayIsRefusedApprovedOrNot) {
  for (const bool by_policy : {false, true}) {
    World world;
    auto action = world.image_change();
    action.ask.terms.while_pending = model::WhilePending::reject;
    auto dry = action;
    dry.call.dry_run = true;
    if (by_policy) {
      dry.ask.terms.dry_run = model::DryRun::refuse;
    } else {
      dry.call.shows_secret = true;
    }
    EXPECT_EQ(world.admit(dry)->code(), Code::approval_required);
    EXPECT_TRUE(world.cluster.all().empty());
    world.admit(action);
    EXPECT_EQ(world.admit(dry)->code(), Code::approval_required);
    world.review(world.only_request(), "alice", Verdict::approve);
    EXPECT_EQ(world.admit(dry)->code(), Code::approval_required);
    EXPECT_TRUE(world.request().status.uses.empty());
  }
}

TEST(Gate, ADryRunGetsAsFarAsAskingAlsoAfterADenial) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  action.call.dry_run = true;
  EXPECT_EQ(world.admit(action)->code(), Code::would_ask);
  world.review(world.only_request(), "alice", Verdict::deny);
  EXPECT_EQ(world.admit(action)->code(), Code::would_ask);
  EXPECT_EQ(world.cluster.all().size(), 1u);
}

}  // namespace
}  // namespace sallyport::engine
