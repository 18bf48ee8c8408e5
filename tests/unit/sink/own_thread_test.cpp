#include "sink/own_thread.hpp"

#include <chrono>
#include <latch>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/sink/support.hpp"

namespace sallyport::sink {
namespace {

using Kind = Outcome::Kind;

struct OwnThreadTest : testing::Test {
  std::optional<Outcome> call(OwnThread::Work work, Duration patience) {
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(
        io,
        [&]() -> boost::asio::awaitable<void> {
          outcome = co_await own->call(std::move(work), std::chrono::steady_clock::now() + patience);
        },
        boost::asio::detached);
    io.restart();
    io.run();
    return outcome;
  }

  boost::asio::io_context io;
  std::unique_ptr<OwnThread> own = std::make_unique<OwnThread>(io.get_executor());
};

constexpr Duration kLong = std::chrono::minutes(3);

TEST_F(OwnThreadTest, GivesWhatCameOfIt) {
  EXPECT_EQ(call([] { return Outcome{Kind::taken}; }, kLong), Outcome{Kind::taken});
  const auto thrown = call([]() -> Outcome { throw std::runtime_error("no room"); }, kLong);
  EXPECT_EQ(thrown, (Outcome{Kind::later, "no room"}));
}

// To open a pipe for reading waits until somebody writes to it.
TEST_F(OwnThreadTest, WhatHangsIsLeftBehindAndHasNoneBesideIt) {
  const TempDir dir;
  const auto pipe = dir / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto over = std::make_shared<std::latch>(1);
  const auto hangs = [pipe, over] {
    ::close(::open(pipe.c_str(), O_RDONLY | O_CLOEXEC));
    over->count_down();
    return Outcome{Kind::taken};
  };
  EXPECT_EQ(call(hangs, std::chrono::milliseconds(20)), std::nullopt);
  bool is_begun = false;
  EXPECT_EQ(call([&] { return is_begun = true, Outcome{}; }, std::chrono::milliseconds(20)), std::nullopt);
  EXPECT_FALSE(is_begun);
  own.reset();  // waits for nobody
  ::close(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
  over->wait();
}

TEST_F(OwnThreadTest, OnceItHasComeBackTheNextIsBegun) {
  const auto go = std::make_shared<std::latch>(1);
  EXPECT_EQ(call([go] { return go->wait(), Outcome{}; }, std::chrono::milliseconds(20)), std::nullopt);
  go->count_down();
  EXPECT_EQ(call([] { return Outcome{Kind::taken}; }, kLong), Outcome{Kind::taken});
}

}  // namespace
}  // namespace sallyport::sink
