#include "controllers/new_start.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

struct NewStartTest : testing::Test {
  void TearDown() override {
    runner.stop();
    clock.settle();
  }

  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  Runner runner{io.get_executor(), clock};
  std::optional<std::string> why;
  std::size_t asked = 0;
  std::size_t given_up = 0;
  NewStartWatcher watcher{runner,
                          {[this] {
                             ++asked;
                             return why;
                           },
                           [this] { ++given_up; }}};
};

TEST_F(NewStartTest, ConnectionsStayForAsLongAsAllIsWell) {
  runner.spawn("new-start", watcher.run());
  clock.advance(1h);
  EXPECT_GT(asked, 500u);
  EXPECT_EQ(given_up, 0u);
}

TEST_F(NewStartTest, ConnectionsAreGivenUpOnceAndTheLoopGoesOn) {
  runner.spawn("new-start", watcher.run());
  clock.advance(10s);
  EXPECT_EQ(given_up, 0u);
  why = "the log has failed";
  clock.advance(4s);
  EXPECT_EQ(given_up, 1u);
  clock.advance(1h);
  EXPECT_EQ(given_up, 1u);
  EXPECT_EQ(runner.why_dead(), std::nullopt) << "a loop that ends is taken for dead";
}

TEST_F(NewStartTest, TheStopEndsIt) {
  bool ended = false;
  runner.spawn("new-start", watcher.run());
  clock.advance(10s);
  runner.stop();
  boost::asio::co_spawn(io, runner.ended(1s), [&](const std::exception_ptr&, bool all) { ended = all; });
  clock.advance(1s);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace sallyport::controllers
