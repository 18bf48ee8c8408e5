#include <chrono>
#include <filesystem>
#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/gzip.hpp"
#include "journal/checkpoint.hpp"
#include "journal/closed_files.hpp"
#include "journal/retirement.hpp"
#include "support.hpp"

namespace sallyport::journal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

// Every line fills a file.
constexpr Limits kTiny{.file_bytes = 1};

std::vector<std::string> names_in(const TempDir& dir) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir.path())) names.push_back(entry.path().filename().string());
  return names;
}

// The stream's name; `lines` appended, each of which ends a file.
std::string write_rotated(const TempDir& dir, int lines) {
  auto opened = open(dir.path(), "r-0", kTiny);
  EXPECT_TRUE(opened) << opened.error().message();
  for (int line = 0; line < lines; ++line) EXPECT_TRUE(append(*opened->journal, record("one")));
  return opened->journal->stream();
}

Result<Scanned> scan_all(const TempDir& dir, const std::string& stream) {
  Scanner scanner;
  auto files = closed_files(dir.path(), stream).value();
  files.push_back({dir / "r-0.jsonl", 0});
  for (const auto& file : files) {
    auto bytes = read_file(file.path);
    std::string_view rest = bytes;
    const auto read = scanner.read([&](std::span<char> buffer) -> Result<std::size_t> {
      const auto count = rest.copy(buffer.data(), buffer.size());
      rest.remove_prefix(count);
      return count;
    });
    if (!read) return fail(read.error());
  }
  return scanner.finish();
}

TEST(Rotation, TheChainRunsOnFromFileToFile) {
  const TempDir dir;
  const auto stream = write_rotated(dir, 3);
  // Line 1; rotated, one; rotated, one; rotated.
  EXPECT_THAT(names_in(dir), UnorderedElementsAre("r-0.jsonl", closed_file_name(stream, 1), closed_file_name(stream, 2),
                                                  closed_file_name(stream, 4)));
  const auto scanned = scan_all(dir, stream);
  ASSERT_TRUE(scanned) << scanned.error().message();
  EXPECT_EQ(scanned->seq, 6u);
  EXPECT_EQ(scanned->first_seq, 6u);
  EXPECT_THAT(read_file(dir / "r-0.jsonl"), HasSubstr(R"("event":"rotated","closed":")" + closed_file_name(stream, 4)));
}

TEST(Rotation, TheNextStartGoesOnInTheSameStream) {
  const TempDir dir;
  const auto stream = write_rotated(dir, 2);
  const auto opened = open(dir.path(), "r-0");
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(opened->journal->stream(), stream);
  EXPECT_EQ(opened->records, 4u);
  EXPECT_EQ(append(*opened->journal, record("one"))->seq, 5u);
}

TEST(Rotation, WhatIsClosedEndsWithACheckpointAndTheNextFileNamesTheKey) {
  const TempDir dir;
  std::string stream;
  const auto key = SigningKey::make().value();
  {
    auto opened = open(dir.path(), "r-0", kTiny);
    stream = opened->journal->stream();
    opened->journal->sign_with(SigningKey::read(key.pem().value()).value());
    ASSERT_TRUE(append(*opened->journal, record("one")));
  }
  const auto files = closed_files(dir.path(), stream).value();
  ASSERT_FALSE(files.empty());
  EXPECT_THAT(lines_of(read_file(files.back().path)).back(), HasSubstr(R"("event":"checkpoint")"));
  const auto name = write_verifier_key({.key = key.public_key()});
  EXPECT_THAT(lines_of(read_file(dir / "r-0.jsonl")).front(), HasSubstr("\"key\":\"" + name));
}

// By their first line's time, which here is of another year. The next file is young.
TEST(Rotation, OldFilesAreClosedToo) {
  const TempDir dir;
  write_file(dir / "unit.jsonl", sample_stream(4));
  const auto opened = open(dir.path(), "unit");
  ASSERT_TRUE(opened) << opened.error().message();
  for (const char* each : {"one", "two", "three"}) ASSERT_TRUE(append(*opened->journal, record(each)));
  EXPECT_EQ(opened->journal->counters().rotations, 1u);
  EXPECT_THAT(names_in(dir), UnorderedElementsAre("unit.jsonl", closed_file_name(opened->journal->stream(), 1)));
}

// As a crash leaves it: the file has its second name, and the next one is not in its place yet.
TEST(Rotation, OneThatWasCutShortIsUndone) {
  const TempDir dir;
  const auto stream = write_rotated(dir, 1);
  const auto lines = read_file(dir / "r-0.jsonl");
  fs::create_hard_link(dir / "r-0.jsonl", dir / closed_file_name(stream, 2));
  write_file(dir / "r-0.jsonl.next", "half a li");
  {
    const auto opened = open(dir.path(), "r-0");
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_THAT(names_in(dir), UnorderedElementsAre("r-0.jsonl", closed_file_name(stream, 1)));
    ASSERT_TRUE(append(*opened->journal, record("one")));
  }
  EXPECT_TRUE(scan_all(dir, stream));
}

TEST(Rotation, WhereNoFileCanGetASecondNameItGoesOnInTheOne) {
  const TempDir dir;
  const auto opened = open(dir.path(), "r-0", kTiny);
  // Somebody's file has the name.
  write_file(dir / closed_file_name(opened->journal->stream(), 1), "taken");
  ASSERT_TRUE(append(*opened->journal, record("one")));
  ASSERT_TRUE(append(*opened->journal, record("two")));
  EXPECT_EQ(opened->journal->counters().rotations, 0u);
  EXPECT_FALSE(opened->journal->why_failed());
  EXPECT_THAT(read_file(dir / "r-0.jsonl"), HasSubstr("rotation_failed"));
  EXPECT_EQ(read_file(dir / closed_file_name(opened->journal->stream(), 1)), "taken");
}

TEST(Rotation, AFileThatIsMissingIsNoLogToDecideOn) {
  for (const std::uint64_t missing : {1, 2, 4}) {
    const TempDir dir;
    const auto stream = write_rotated(dir, 3);
    fs::remove(dir / closed_file_name(stream, missing));
    const auto opened = open(dir.path(), "r-0");
    ASSERT_FALSE(opened) << missing;
    EXPECT_THAT(opened.error().message(), HasSubstr("can not be trusted")) << missing;
  }
}

TEST(Rotation, AClosedFileThatWasChangedIsNamed) {
  const TempDir dir;
  const auto path = dir / closed_file_name(write_rotated(dir, 3), 2);
  auto bytes = read_file(path);
  bytes.replace(bytes.find("rotated"), 7, "Rotated");
  fs::remove(path);
  write_file(path, bytes);
  const auto opened = open(dir.path(), "r-0");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr(path + ": line 3 does not follow from line 2"));
}

TEST(Rotation, TheNextFileHasOneWriterToo) {
  const TempDir dir;
  auto opened = open(dir.path(), "r-0", kTiny);
  ASSERT_TRUE(append(*opened->journal, record("one")));
  const auto second = open(dir.path(), "r-0");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::conflict);
}

struct Retiring {
  explicit Retiring(Duration keep, std::uint64_t taken = ~std::uint64_t{0}) {
    stream = write_rotated(dir, 3);
    opened.emplace(open(dir.path(), "r-0").value());
    retirement.emplace(dir.path(), keep, opened->retired_up_to, [taken](const auto&) { return taken; });
  }

  Result<void> pass() {
    boost::asio::io_context io;
    Result<void> result;
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now()) + 1s;
    boost::asio::co_spawn(
        io, [&]() -> boost::asio::awaitable<void> { result = co_await retirement->pass(*opened->journal, now); },
        boost::asio::detached);
    io.run();
    return result;
  }
  [[nodiscard]] std::size_t closed() const { return closed_files(dir.path(), stream)->size(); }

  TempDir dir;
  std::string stream;
  std::optional<Opened> opened;
  std::optional<Retirement> retirement;
};

TEST(Retirement, IsSaidFirstAndDoneNext) {
  Retiring log(0s);
  ASSERT_TRUE(log.pass());
  EXPECT_EQ(log.closed(), 3u);
  EXPECT_THAT(read_file(log.dir / "r-0.jsonl"), HasSubstr(R"("event":"retired","to":3,)"));
  ASSERT_TRUE(log.pass());
  EXPECT_EQ(log.closed(), 1u) << "the newest stays";
  EXPECT_EQ(lines_of(read_file(log.dir / "r-0.jsonl")).size(), 2u) << "said once";
  log.opened.reset();
  const auto again = open(log.dir.path(), "r-0");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->retired_up_to, 3u);
}

// As a crash amid compressing leaves it. What stayed of a file would have a hole behind it, and a replica does not
// start.
TEST(Retirement, RemovesAFileInEveryWayThatItIsThere) {
  Retiring log(0s);
  const auto first = log.dir / closed_file_name(log.opened->journal->stream(), 1);
  Gzip gzip;
  write_file(first + ".gz", gzip.add(read_file(first)) + gzip.finish());
  write_file(first + ".gz.part", "half of it");
  ASSERT_TRUE(log.pass());
  ASSERT_TRUE(log.pass());
  EXPECT_EQ(names_in(log.dir).size(), 2u);
  log.opened.reset();
  const auto again = open(log.dir.path(), "r-0");
  ASSERT_TRUE(again) << again.error().message();
}

TEST(Retirement, KeepsWhatIsYoung) {
  Retiring log(1h);
  ASSERT_TRUE(log.pass());
  ASSERT_TRUE(log.pass());
  EXPECT_EQ(log.closed(), 3u);
  EXPECT_EQ(lines_of(read_file(log.dir / "r-0.jsonl")).size(), 1u);
}

// The engine's thread, on which calls wait.
TEST(Retirement, WhoeverAwaitsItHasTheirTurnMeanwhile) {
  const TempDir dir;
  write_rotated(dir, 3);
  const auto opened = open(dir.path(), "r-0").value();
  std::promise<void> had_a_turn;
  bool came = false;
  Retirement retirement(dir.path(), 0s, opened.retired_up_to, [&](const auto&) {
    came = had_a_turn.get_future().wait_for(10s) == std::future_status::ready;  // a slow disk
    return 0;
  });
  boost::asio::io_context io;
  boost::asio::co_spawn(io, retirement.pass(*opened.journal, Instant{}), boost::asio::detached);
  boost::asio::post(io, [&] { had_a_turn.set_value(); });
  io.run();
  EXPECT_TRUE(came);
}

TEST(Retirement, KeepsWhatNobodyHasTakenYet) {
  Retiring log(0s, 3);
  ASSERT_TRUE(log.pass());
  ASSERT_TRUE(log.pass());
  EXPECT_EQ(log.closed(), 1u) << "lines 4 and 5";
}

}  // namespace
}  // namespace sallyport::journal
