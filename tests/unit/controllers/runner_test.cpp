#include "controllers/runner.hpp"

#include <cstdlib>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

struct RunnerTest : testing::Test {
  // A loop that works every second until the runner stops, and throws in the round that a test names.
  awaitable<void> loop() {
    while (!runner.stopping()) {
      if (++rounds == throws_in) throw std::runtime_error("no memory");
      co_await runner.pause(1s);
    }
  }
  bool ended(Duration at_most = {}) {
    bool all = false;
    boost::asio::co_spawn(io, runner.ended(at_most), [&](const std::exception_ptr&, bool done) { all = done; });
    clock.advance(at_most);
    return all;
  }

  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  Runner runner{io.get_executor(), clock};
  int rounds = 0;
  int throws_in = 0;
};

TEST_F(RunnerTest, ALoopGoesOnUntilTheStopAndEndsAtOnceThen) {
  runner.spawn("a", loop());
  clock.advance(10s);
  EXPECT_EQ(rounds, 11);
  EXPECT_FALSE(ended());
  runner.stop();
  clock.settle();
  EXPECT_TRUE(ended());
  EXPECT_EQ(rounds, 11);
  EXPECT_EQ(runner.why_dead(), std::nullopt);
}

TEST_F(RunnerTest, ALoopThatThrowsIsDeadAndNamed) {
  throws_in = 3;
  runner.spawn("confirm", loop());
  clock.advance(1s);
  EXPECT_EQ(runner.why_dead(), std::nullopt);
  clock.advance(1s);
  EXPECT_EQ(runner.why_dead(), "loop confirm has ended unexpectedly: no memory");
}

TEST_F(RunnerTest, ALoopThatReturnsBeforeTheStopIsDeadToo) {
  runner.spawn("short", []() -> awaitable<void> { co_return; }());
  clock.settle();
  EXPECT_EQ(runner.why_dead(), "loop short has ended unexpectedly: it returned");
}

TEST_F(RunnerTest, TheFirstDeathIsTheOneThatIsTold) {
  throws_in = 1;
  runner.spawn("first", loop());
  clock.settle();
  runner.spawn("second", []() -> awaitable<void> { co_return; }());
  clock.settle();
  EXPECT_EQ(runner.why_dead(), "loop first has ended unexpectedly: no memory");
}

// A piece of work that fails is no reason to start anew: the next may succeed.
TEST_F(RunnerTest, WorkThatFailsKillsNoLoop) {
  throws_in = 1;
  runner.run_once("a piece", loop());
  clock.settle();
  EXPECT_EQ(runner.why_dead(), std::nullopt);
  EXPECT_TRUE(ended());
}

TEST_F(RunnerTest, WhatDoesNotEndIsToldAfterItsTime) {
  const std::shared_ptr<engine::Alarm> stuck = clock.make_alarm();
  runner.spawn("stuck",
               [](std::shared_ptr<engine::Alarm> alarm) -> awaitable<void> { co_await alarm->wait(1h); }(stuck));
  runner.stop();
  EXPECT_FALSE(ended(2s));
  stuck->ring();
  EXPECT_TRUE(ended(2s));
}

TEST_F(RunnerTest, AnAlarmThatIsMadeAfterTheStopIsRung) {
  runner.stop();
  bool rung = false;
  const auto alarm = runner.make_alarm();
  boost::asio::co_spawn(io, alarm->wait(1h), [&](const std::exception_ptr&, bool was_rung) { rung = was_rung; });
  clock.settle();
  EXPECT_TRUE(rung);
}

#ifdef SALLYPORT_FAILPOINTS
TEST_F(RunnerTest, AFailpointKillsTheLoopOfThatNameAlone) {
  ASSERT_EQ(::setenv("SALLYPORT_FAILPOINT", "loop:b", 1), 0);
  runner.spawn("a", loop());
  runner.spawn("b", loop());
  clock.settle();
  ::unsetenv("SALLYPORT_FAILPOINT");
  EXPECT_EQ(runner.why_dead(), "loop b has ended unexpectedly: failpoint");
  EXPECT_EQ(rounds, 1);
  runner.stop();
  clock.settle();
}
#endif

}  // namespace
}  // namespace sallyport::controllers
