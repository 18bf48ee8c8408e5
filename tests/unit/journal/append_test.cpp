#include <cstdio>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "support.hpp"

namespace sallyport::journal {
namespace {

using testing::HasSubstr;

// By coreutils, so that the chain is not checked by what made it.
std::string sha256sum(const std::string& bytes) {
  const TempDir dir;
  write_file(dir / "line", bytes);
  auto* pipe = ::popen(("sha256sum < " + (dir / "line")).c_str(), "r");
  std::string sum(64, ' ');
  EXPECT_EQ(std::fread(sum.data(), 1, sum.size(), pipe), sum.size());
  ::pclose(pipe);
  return sum;
}

TEST(Append, WritesAChainThatCoreutilsFollow) {
  const TempDir dir;
  std::vector<model::LogPosition> positions;
  {
    const auto opened = open(dir.path(), "r-0");
    ASSERT_TRUE(opened) << opened.error().message();
    for (const char* event : {"one", "two", "three"}) {
      positions.push_back(append(*opened->journal, record(event, {{"b", "x"}, {"a", "y"}})).value());
    }
    EXPECT_EQ(positions.back().stream, opened->journal->stream());
  }
  const auto lines = lines_of(read_file(dir / "r-0.jsonl"));
  ASSERT_EQ(lines.size(), 3u);
  std::string prev(64, '0');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = json::parse(lines[i]);
    ASSERT_TRUE(line) << line.error().message();
    EXPECT_EQ((*line)["v"].integer(), 1);
    EXPECT_EQ((*line)["seq"].integer(), static_cast<std::int64_t>(i + 1));
    EXPECT_EQ((*line)["prev"].text(), prev);
    EXPECT_EQ((*line)["stream"].text(), positions[i].stream);
    EXPECT_TRUE(parse_instant((*line)["time"].text()));
    EXPECT_THAT(lines[i], testing::EndsWith(",\"b\":\"x\",\"a\":\"y\"}\n"));
    EXPECT_EQ(json::write(*line) + "\n", lines[i]);
    prev = sha256sum(lines[i]);
    EXPECT_EQ(positions[i].seq, i + 1);
    EXPECT_EQ(positions[i].head, prev);
  }
}

TEST(Append, NotesStandInOrderBetweenAppends) {
  const TempDir dir;
  {
    const auto opened = open(dir.path(), "r-0");
    opened->journal->append_async(record("first"));
    EXPECT_EQ(append(*opened->journal, record("second"))->seq, 2u);
    opened->journal->append_async(record("third"));
  }
  const auto lines = lines_of(read_file(dir / "r-0.jsonl"));
  ASSERT_EQ(lines.size(), 3u);  // the last one was still queued when the journal went
  EXPECT_THAT(lines[0], HasSubstr("first"));
  EXPECT_THAT(lines[2], HasSubstr("third"));
}

// What a thousand calls on two threads were told, against what stands in the file.
TEST(Append, ManyWritersShareASyncAndEachIsToldItsOwnPlace) {
#ifdef SALLYPORT_FAILPOINTS
  const Environment slow_disk("SALLYPORT_FAILPOINT", "fsync-takes:5");
#endif
  const TempDir dir;
  constexpr int kWriters = 1000;
  std::vector<model::LogPosition> told(kWriters);
  std::vector<std::thread::id> ran_on(kWriters);
  Counters counters;
  std::thread::id threads[2];
  {
    const auto opened = open(dir.path(), "r-0");
    boost::asio::io_context contexts[2];
    for (int i = 0; i < kWriters; ++i) {
      auto write = [](Journal& journal, int id, model::LogPosition& place,
                      std::thread::id& thread) -> boost::asio::awaitable<void> {
        const auto result = co_await journal.append(record("numbered", {{"id", std::to_string(id).c_str()}}));
        if (result) place = *result;
        thread = std::this_thread::get_id();
      };
      boost::asio::co_spawn(contexts[i % 2], write(*opened->journal, i, told[i], ran_on[i]), boost::asio::detached);
    }
    {
      const std::jthread one([&] { contexts[0].run(); });
      const std::jthread two([&] { contexts[1].run(); });
      threads[0] = one.get_id();
      threads[1] = two.get_id();
    }
    counters = opened->journal->counters();
  }
  const auto bytes = read_file(dir / "r-0.jsonl");
  ASSERT_TRUE(scan_bytes(bytes));
  const auto lines = lines_of(bytes);
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(kWriters));
  for (int i = 0; i < kWriters; ++i) {
    ASSERT_GE(told[i].seq, 1u);
    const auto& line = lines[told[i].seq - 1];
    EXPECT_THAT(line, HasSubstr("\"id\":\"" + std::to_string(i) + "\""));
    EXPECT_EQ(told[i].head, head_of(line));
    EXPECT_EQ(ran_on[i], threads[i % 2]);
  }
  EXPECT_EQ(counters.records, static_cast<std::uint64_t>(kWriters));
  EXPECT_EQ(counters.bytes, bytes.size());
  EXPECT_EQ(counters.errors, 0u);
  EXPECT_LT(counters.syncs, kWriters / 4u);
}

TEST(Append, BatchesAreBounded) {
  const TempDir dir;
  const auto opened = open(dir.path(), "r-0", {.batch_records = 3});
  for (int i = 0; i < 100; ++i) opened->journal->append_async(record("noted"));
  EXPECT_EQ(append(*opened->journal, record("last"))->seq, 101u);
  EXPECT_GE(opened->journal->counters().syncs, 34u);
}

TEST(Append, WhatIsOnDiskIsKnownFromTheStart) {
  const TempDir dir;
  {
    const auto opened = open(dir.path(), "r-0");
    EXPECT_EQ(opened->journal->seq_on_disk(), 0u);
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      EXPECT_EQ(append(*opened->journal, record("noted"))->seq, seq);
      EXPECT_EQ(opened->journal->seq_on_disk(), seq);
    }
  }
  EXPECT_EQ(open(dir.path(), "r-0")->journal->seq_on_disk(), 3u);
}

TEST(Append, RefusesWhatTheNextStartCouldNotRead) {
  auto deep = json::Value::object();
  for (int i = 0; i < 80; ++i) deep = json::Value::object().set("in", std::move(deep));
  model::LogRecord nested{"nested"};
  nested.fields.set("deep", std::move(deep));
  model::LogRecord taken{"taken"};
  taken.fields.set("seq", 7);
  const struct {
    model::LogRecord record;
    const char* why;
  } cases[] = {
      {record("large", {{"text", std::string(kLineLimit, 'x').c_str()}}), "bytes"},
      {record("bytes", {{"text", "\xff\xfe"}}), "UTF-8"},
      {record("twice", {{"event", "again"}}), "twice"},
      {nested, "deeper"},
      {taken, "seq is not for a record to say"},
      {record(""), "event is empty"},
  };
  const TempDir dir;
  const auto opened = open(dir.path(), "r-0");
  for (const auto& [bad, why] : cases) {
    const auto appended = append(*opened->journal, bad);
    ASSERT_FALSE(appended) << bad.event;
    EXPECT_EQ(appended.error().code(), ErrorCode::bad_input);
    EXPECT_THAT(appended.error().message(), HasSubstr(why));
  }
  EXPECT_EQ(opened->journal->counters().errors, std::size(cases));
  EXPECT_EQ(append(*opened->journal, record("good"))->seq, 1u);
}

TEST(Append, ANoteThatCanNotBeWrittenLeavesItsMark) {
  const TempDir dir;
  const auto opened = open(dir.path(), "r-0");
  opened->journal->append_async(record("answered", {{"text", std::string(kLineLimit, 'x').c_str()}}));
  ASSERT_EQ(append(*opened->journal, record("good"))->seq, 2u);
  const auto lines = lines_of(read_file(dir / "r-0.jsonl"));
  EXPECT_THAT(lines[0], HasSubstr(R"("event":"omitted","of":"answered","why":")"));
  EXPECT_EQ(opened->journal->counters().errors, 1u);
}

TEST(Append, TheLongestRecordTakenIsRead) {
  const TempDir dir;
  std::size_t longest = kLineLimit;
  {
    const auto opened = open(dir.path(), "r-0");
    while (!append(*opened->journal, record("large", {{"text", std::string(longest, 'x').c_str()}}))) longest -= 100;
  }
  EXPECT_GT(longest, kLineLimit - 2048);
  EXPECT_EQ(open(dir.path(), "r-0")->records, 1u);
}

}  // namespace
}  // namespace sallyport::journal
