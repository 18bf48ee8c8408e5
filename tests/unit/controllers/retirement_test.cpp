#include "controllers/retirement.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rotated_log.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
using logs::compress;
using logs::read_file;
using logs::write_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

// Of lines 1; 2, 3; 4, 5; 6, 7; 8, 9; and the file that is written.
struct RetirementTest : testing::Test {
  Result<void> pass() { return pass(Duration{}); }
  Result<void> pass(Duration keep) {
    if (!retirement)
      retirement.emplace(log.dir.path(), keep, log.retired_up_to(), [this](const auto&) { return taken; });
    boost::asio::io_context io;
    Result<void> result;
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now()) + 1s;
    boost::asio::co_spawn(
        io, [&]() -> boost::asio::awaitable<void> { result = co_await retirement->pass(log.journal(), now); },
        boost::asio::detached);
    io.run();
    return result;
  }
  // Says what may go, and removes it.
  Result<void> two_passes() {
    const auto first = pass();
    const auto second = pass();
    EXPECT_EQ(first.has_value(), second.has_value());
    return second;
  }
  [[nodiscard]] std::string written() const { return read_file(log.dir / "r-0.jsonl"); }
  void damage(std::uint64_t first_seq) const {
    auto bytes = read_file(log.path(first_seq));
    bytes[5] = '\0';
    write_file(log.path(first_seq), bytes);
  }
  // What was kept in spite of its age is named, and once it is as it was, a replica starts on what is there.
  void expect_stopped_at(std::uint64_t first_seq, const std::string& as_it_was) {
    const auto passed = two_passes();
    ASSERT_FALSE(passed);
    EXPECT_THAT(passed.error().message(), HasSubstr(log.path(first_seq)));
    EXPECT_THAT(log.closed(), ElementsAre(4, 6, 8));
    EXPECT_THAT(written(), HasSubstr(R"("event":"retired","to":3,)"));
    for (const auto* ending : {"", ".gz"}) fs::remove(log.path(first_seq) + ending);
    write_file(log.path(first_seq), as_it_was);
    const auto records = log.records();
    EXPECT_TRUE(records) << records.error().message();
  }

  RotatedLog log{5};
  std::uint64_t taken = ~std::uint64_t{0};
  std::optional<Retirement> retirement;
};

TEST_F(RetirementTest, IsSaidFirstAndDoneNext) {
  ASSERT_TRUE(pass());
  EXPECT_THAT(log.closed(), ElementsAre(1, 2, 4, 6, 8));
  EXPECT_THAT(written(), HasSubstr(R"("event":"retired","to":7,)"));
  const auto said = written();
  ASSERT_TRUE(pass());
  EXPECT_THAT(log.closed(), ElementsAre(8)) << "the newest stays";
  EXPECT_EQ(written(), said) << "once";
  const auto records = log.records();
  EXPECT_TRUE(records) << records.error().message();
}

// A crash may have come before the signature. To say it again costs a line.
TEST_F(RetirementTest, AfterAStartOnlyWhatWasSaidAboveASignatureGoes) {
  ASSERT_TRUE(pass());
  log.open_anew();
  retirement.reset();
  ASSERT_TRUE(pass());
  EXPECT_THAT(log.closed(), ElementsAre(1, 2, 4, 6, 8)) << "nothing is signed";
  log.journal().sign_with(SigningKey::make().value());
  log.open_anew();
  retirement.reset();
  ASSERT_TRUE(pass());
  EXPECT_THAT(log.closed(), ElementsAre(8));
}

// It signs nothing any more.
TEST_F(RetirementTest, NothingGoesOnceTheLogHasFailed) {
  ::setenv("SALLYPORT_FSYNC_FAILS_WHEN", (log.dir / "broken").c_str(), 1);
  log.open_anew();
  ::unsetenv("SALLYPORT_FSYNC_FAILS_WHEN");
  ASSERT_TRUE(pass());
  write_file(log.dir / "broken", "");
  log.journal().append_async(model::LogRecord{"one"});
  const auto until = std::chrono::steady_clock::now() + 1min;
  while (!log.journal().why_failed() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(pass());
  EXPECT_THAT(log.closed(), ElementsAre(1, 2, 4, 6, 8));
}

TEST_F(RetirementTest, ItSaysTheHashOfTheLastLineThatGoes) {
  const auto line = read_file(log.path(6));
  ASSERT_TRUE(pass());
  const auto last = line.substr(line.rfind('\n', line.size() - 2) + 1);
  EXPECT_THAT(written(), HasSubstr(R"("head":")" + journal::head_of(last)));
}

// As a crash amid compressing leaves it. What stayed of a file would have a hole behind it, and a replica does not
// start.
TEST_F(RetirementTest, RemovesAFileInEveryWayThatItIsThere) {
  const auto plain = read_file(log.path(1));
  compress(log.path(1));
  write_file(log.path(1), plain);
  write_file(log.path(2) + ".gz", "not what it should be");  // the file that was there first counts
  write_file(log.path(2) + ".gz.part", "half of it");
  compress(log.path(4));
  write_file(log.path(4) + ".gz.part", "half of it");
  ASSERT_TRUE(two_passes());
  EXPECT_EQ(log.names(), (std::set<std::string>{"r-0.jsonl", log.stream + ".8.jsonl"}));
  const auto records = log.records();
  EXPECT_TRUE(records) << records.error().message();
}

// Else a crash in between would leave what nobody finds again.
TEST_F(RetirementTest, AFileGoesAfterWhatWasLeftOfItsCompression) {
  const auto stuck = log.path(1) + ".gz.part";
  fs::create_directories(stuck + "/inside");
  ASSERT_TRUE(pass());
  const auto passed = pass();
  ASSERT_FALSE(passed);
  EXPECT_THAT(passed.error().message(), HasSubstr(stuck));
  EXPECT_TRUE(fs::exists(log.path(1)));
  fs::remove_all(stuck);
  ASSERT_TRUE(pass());
  EXPECT_THAT(log.closed(), ElementsAre(8));
}

TEST_F(RetirementTest, KeepsWhatIsYoung) {
  const auto before = written();
  ASSERT_TRUE(pass(1h));
  ASSERT_TRUE(pass(1h));
  EXPECT_THAT(log.closed(), ElementsAre(1, 2, 4, 6, 8));
  EXPECT_EQ(written(), before);
}

TEST_F(RetirementTest, KeepsWhatNobodyHasTakenYet) {
  taken = 6;
  ASSERT_TRUE(two_passes());
  EXPECT_THAT(log.closed(), ElementsAre(6, 8)) << "lines 6 and 7";
}

// Which lines would go with it, and where those before it end, nobody knows.
TEST_F(RetirementTest, StopsBeforeAFileWhoseFirstLineCanNotBeRead) {
  const auto as_it_was = read_file(log.path(6));
  damage(6);
  expect_stopped_at(6, as_it_was);
}

TEST_F(RetirementTest, StopsBeforeACompressedOneThatIsDamaged) {
  const auto as_it_was = read_file(log.path(6));
  compress(log.path(6));
  fs::resize_file(log.path(6) + ".gz", 12);
  expect_stopped_at(6, as_it_was);
}

TEST_F(RetirementTest, StopsBeforeAnEmptyOne) {
  const auto as_it_was = read_file(log.path(6));
  write_file(log.path(6), "");
  expect_stopped_at(6, as_it_was);
}

TEST_F(RetirementTest, StopsBeforeOneThatHoldsOtherLinesThanItsNameSays) {
  const auto as_it_was = read_file(log.path(6));
  write_file(log.path(6), read_file(log.path(8)));
  expect_stopped_at(6, as_it_was);
}

TEST_F(RetirementTest, StopsBeforeOneOfAnotherStream) {
  const auto as_it_was = read_file(log.path(6));
  logs::Stream other{"r-1-abcdefgh"};
  write_file(log.path(6), (other.next_lines(5), other.next_lines(2)));
  expect_stopped_at(6, as_it_was);
}

TEST_F(RetirementTest, StopsBeforeOneThatIsNoFile) {
  const auto as_it_was = read_file(log.path(6));
  fs::rename(log.path(6), log.dir / "elsewhere");
  fs::create_symlink(log.dir / "elsewhere", log.path(6));
  expect_stopped_at(6, as_it_was);
}

// One of the two is wrong, and which nobody can tell.
TEST_F(RetirementTest, StopsBeforeADamagedOneThatIsThereCompressedToo) {
  const auto as_it_was = read_file(log.path(6));
  compress(log.path(6));
  write_file(log.path(6), as_it_was);
  damage(6);
  expect_stopped_at(6, as_it_was);
}

TEST_F(RetirementTest, NothingGoesWhereTheOldestCanNotBeRead) {
  damage(1);
  EXPECT_FALSE(two_passes());
  EXPECT_THAT(log.closed(), ElementsAre(1, 2, 4, 6, 8));
  EXPECT_THAT(written(), Not(HasSubstr("retired")));
}

// That its lines may go was said when it could be read; whether it still holds those nobody knows.
TEST_F(RetirementTest, WhatWasDamagedSinceItWasSaidToGoStays) {
  ASSERT_TRUE(pass());
  damage(4);
  const auto passed = pass();
  ASSERT_FALSE(passed);
  EXPECT_THAT(passed.error().message(), HasSubstr(log.path(4)));
  EXPECT_THAT(log.closed(), ElementsAre(2, 4, 6, 8));
}

TEST_F(RetirementTest, GoesOnOnceItCanBeRead) {
  const auto as_it_was = read_file(log.path(6));
  damage(6);
  ASSERT_FALSE(two_passes());
  write_file(log.path(6), as_it_was);
  ASSERT_TRUE(two_passes());
  EXPECT_THAT(log.closed(), ElementsAre(8));
}

// Somebody's copies: they stand for no file, and are nobody's to remove.
TEST_F(RetirementTest, KnowsItsOwnFilesByTheirNamesToo) {
  fs::copy_file(log.path(2), log.dir / "a-copy.jsonl");
  fs::copy_file(log.path(8), log.dir / "z-copy.jsonl");
  fs::copy_file(log.path(2), log.dir / "t.2.jsonl");
  ASSERT_TRUE(two_passes());
  EXPECT_EQ(log.names(),
            (std::set<std::string>{"r-0.jsonl", log.stream + ".8.jsonl", "a-copy.jsonl", "t.2.jsonl", "z-copy.jsonl"}));
}

// The engine's thread, on which calls wait.
TEST_F(RetirementTest, WhoeverAwaitsItHasTheirTurnMeanwhile) {
  std::promise<void> had_a_turn;
  bool came = false;
  Retirement slow(log.dir.path(), 0s, 0, [&](const auto&) {
    came = had_a_turn.get_future().wait_for(10s) == std::future_status::ready;  // a slow disk
    return 0;
  });
  boost::asio::io_context io;
  boost::asio::co_spawn(io, slow.pass(log.journal(), Instant{}), boost::asio::detached);
  boost::asio::post(io, [&] { had_a_turn.set_value(); });
  io.run();
  EXPECT_TRUE(came);
}

}  // namespace
}  // namespace sallyport::controllers
