// The end of a process: an engine is not destroyed under the calls that are still in it.
#include <gtest/gtest.h>

#include "seams/world.hpp"

namespace sallyport::engine {
namespace {

using model::Code;
using model::Verdict;
using seams::World;
using namespace std::chrono_literals;

struct Ending : World {
  void stop() {
    engine->stop();
    boost::asio::co_spawn(io, engine->ended(1min), [this](std::exception_ptr, bool ended) { has_ended = ended; });
    clock.settle();
  }
  bool has_ended = false;
};

TEST(Ending, OfAnEngineThatHoldsACallAnswersIt) {
  Ending world;
  const auto call = world.admit(world.image_change());
  ASSERT_FALSE(call->answered());
  world.stop();
  EXPECT_EQ(call->code(), Code::shutting_down);
  EXPECT_TRUE(world.has_ended);
}

TEST(Ending, WaitsForTheUseThatTheClusterHasNotAnsweredYet) {
  Ending world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  world.review(world.only_request(), "alice", Verdict::approve);

  world.cluster.latency = [] { return Duration(4s); };
  const auto call = world.admit(action);
  world.stop();
  EXPECT_FALSE(world.has_ended);
  world.clock.advance(10s);
  EXPECT_FALSE(call->answered());
  EXPECT_FALSE(world.has_ended);
  world.clock.advance(6s);  // a read and a write, there and back
  EXPECT_TRUE(call->allowed());
  EXPECT_TRUE(world.has_ended);
  world.engine.reset();
}

TEST(Ending, DoesNotWaitForTheTurnOfAnotherReplica) {
  Ending world;
  auto action = world.image_change();
  action.ask.terms.while_pending = model::WhilePending::reject;
  world.admit(action);
  // Stamped elsewhere: this one would look at it in two seconds.
  world.cluster.append_review(world.only_request(), {.reviewer = "alice", .verdict = Verdict::approve});
  world.clock.settle();
  world.stop();
  EXPECT_TRUE(world.has_ended);
}

}  // namespace
}  // namespace sallyport::engine
