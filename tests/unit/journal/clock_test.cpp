// What the log does at a certain time, with a clock that a test moves.
#include <algorithm>

#include <gtest/gtest.h>

#include "seams/hand_clock.hpp"
#include "support.hpp"

namespace sallyport::journal {
namespace {

using namespace std::chrono_literals;

// Another letter at each call.
struct Letters : Random {
  Secret bytes(std::size_t count) override { return Secret(std::string(count, next++)); }
  char next = 'a';
};

struct LogClockTest : testing::Test {
  Opened open_log(const Limits& limits = {}) {
    return std::move(open(dir.path(), "r-0", clock, random, limits).value());
  }
  [[nodiscard]] std::size_t count(std::string_view event) const {
    const auto lines = lines_of(read_file(dir / "r-0.jsonl"));
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](const auto& line) { return line.contains("\"event\":\"" + std::string(event) + "\""); }));
  }

  TempDir dir;
  seams::HandClock clock;
  Letters random;
};

TEST_F(LogClockTest, WhatAnAgentHasWrittenCountsForItsDayAlone) {
  const auto log = open_log();
  ASSERT_TRUE(append(*log.journal, record("one", {{"agent", "deployer"}})));
  const auto written = log.journal->written_today("deployer");
  EXPECT_GT(written, 0u);
  clock.advance(22h);  // it is 23:00
  ASSERT_TRUE(append(*log.journal, record("one", {{"agent", "deployer"}})));
  EXPECT_EQ(log.journal->written_today("deployer"), 2 * written);
  clock.advance(1h);
  EXPECT_EQ(log.journal->written_today("deployer"), 0u);
}

TEST_F(LogClockTest, AFileIsClosedOnceItIsOldEnough) {
  const auto log = open_log({.file_age = 24h});
  ASSERT_TRUE(append(*log.journal, record("one")));
  clock.advance(23h);
  ASSERT_TRUE(append(*log.journal, record("two")));
  ASSERT_TRUE(append(*log.journal, record("the writer has looked at its file since")));
  EXPECT_EQ(log.journal->counters().rotations, 0u);
  clock.advance(1h);
  ASSERT_TRUE(append(*log.journal, record("three")));
  EXPECT_TRUE(becomes([&] { return log.journal->counters().rotations == 1; }));
}

TEST_F(LogClockTest, ALineIsSignedByTheNextOnceItIsTime) {
  auto log = open_log({.sign_every = 1min});
  log.journal->sign_with(SigningKey::make().value());
  ASSERT_TRUE(append(*log.journal, record("one")));
  clock.advance(59s);
  ASSERT_TRUE(append(*log.journal, record("two")));
  ASSERT_TRUE(append(*log.journal, record("the writer has looked at its clock since")));
  EXPECT_EQ(count("checkpoint"), 0u);
  clock.advance(1s);
  ASSERT_TRUE(append(*log.journal, record("three")));
  EXPECT_TRUE(becomes([&] { return count("checkpoint") > 0; }));
  log.journal.reset();
  EXPECT_EQ(count("checkpoint"), 1u) << "nothing came after it";
}

TEST_F(LogClockTest, AStreamIsNamedByWhatWasGivenAtRandom) {
  const auto first = open_log().journal->stream();
  random.next = 'a';
  std::filesystem::remove(dir / "r-0.jsonl");
  EXPECT_EQ(open_log().journal->stream(), first);
  std::filesystem::remove(dir / "r-0.jsonl");
  EXPECT_NE(open_log().journal->stream(), first);
}

}  // namespace
}  // namespace sallyport::journal
