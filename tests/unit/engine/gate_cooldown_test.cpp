#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

TEST(Gate, WhoeverDeletesADenialEndsItsCooldownAndTheLogSaysSo) {
  World world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  const auto key = world.only_request();
  world.review(key, "alice", Verdict::deny);
  const auto status = world.request().status;
  EXPECT_EQ(status.cooldown_until, status.decision->decided_at + world.settings.cooldown);
  EXPECT_EQ(world.admit(action)->code(), Code::approval_denied);

  world.cluster.remove(key);
  world.clock.settle();
  EXPECT_EQ(world.journal.count("request_deleted", "cooldown_until", format_instant(status.cooldown_until)), 1u);
  EXPECT_EQ(world.admit(action)->code(), Code::approval_required);

  // One that is over ends nothing.
  world.review(world.only_request(), "alice", Verdict::deny);
  world.clock.advance(10min);
  world.cluster.remove(world.only_request());
  world.clock.settle();
  ASSERT_EQ(world.journal.count("request_deleted"), 2u);
  EXPECT_TRUE(world.journal.records.back().fields["cooldown_until"].is_null());
}

}  // namespace
}  // namespace sallyport::engine
