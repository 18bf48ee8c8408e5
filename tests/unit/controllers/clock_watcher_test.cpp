#include "controllers/clock_watcher.hpp"

#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

// A wall clock that somebody sets.
struct SetClock : seams::MemoryClock {
  using MemoryClock::MemoryClock;
  [[nodiscard]] Instant now() const override { return MemoryClock::now() + set_by; }
  Duration set_by{};
};

struct ClockWatcherTest : testing::Test {
  void TearDown() override {
    runner.stop();
    clock.settle();
  }
  boost::asio::io_context io;
  SetClock clock{io};
  seams::MemoryJournal journal{clock};
  Runner runner{io.get_executor(), clock};
  ClockWatcher watcher{runner, journal};
};

TEST_F(ClockWatcherTest, AJumpIsInTheLogOnceAndByHowMuch) {
  runner.spawn("clock", watcher.run());
  clock.advance(20s);
  EXPECT_EQ(journal.count("clock_jumped"), 0u);
  clock.set_by -= 90s;
  clock.advance(20s);
  ASSERT_EQ(journal.count("clock_jumped"), 1u);
  EXPECT_EQ(journal.records.back().fields["by_ms"].integer(), -90'000);
}

TEST_F(ClockWatcherTest, AClockThatIsSlewedIsNone) {
  runner.spawn("clock", watcher.run());
  for (int i = 0; i < 60; ++i) {
    clock.set_by += 10ms;
    clock.advance(1s);
  }
  EXPECT_EQ(journal.count("clock_jumped"), 0u);
}

}  // namespace
}  // namespace sallyport::controllers
