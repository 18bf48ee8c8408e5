#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "support.hpp"

namespace sallyport::journal {
namespace {

using testing::HasSubstr;

// Files of this process grow no further than this while it lives: a full disk, as the writer sees it.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit full{size, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &full);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

// How many of so many appends at once were refused as unavailable.
int refused_of(Journal& journal, int writers) {
  boost::asio::io_context io;
  int refused = 0;
  const auto count = [&refused](const std::exception_ptr&, const Result<model::LogPosition>& result) {
    if (!result && result.error().code() == ErrorCode::unavailable) ++refused;
  };
  for (int i = 0; i < writers; ++i) boost::asio::co_spawn(io, journal.append(record("try")), count);
  io.run();
  return refused;
}

TEST(Failing, ADiskThatIsFullEndsTheLogUntilTheNextStart) {
  const TempDir dir;
  {
    const auto opened = open(dir.path(), "r-0");
    ASSERT_TRUE(append(*opened->journal, record("kept")));
    {
      const FullDisk full(std::filesystem::file_size(dir / "r-0.jsonl") + 100);  // half a line more
      EXPECT_EQ(refused_of(*opened->journal, 20), 20);
    }
    // There is room again, but what stands at the file's end is not known to be whole.
    const auto later = append(*opened->journal, record("later"));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code(), ErrorCode::unavailable);
    EXPECT_THAT(later.error().message(), HasSubstr("the log cannot be written (writing " + (dir / "r-0.jsonl") +
                                                   ": File too large), so nothing is allowed any more"));
    EXPECT_EQ(opened->journal->why_failed(), later.error().message());
    opened->journal->append_async(record("noted"));
    EXPECT_EQ(opened->journal->counters().errors, 22u);
    EXPECT_EQ(opened->journal->counters().records, 1u);
  }
  const auto again = open(dir.path(), "r-0");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->records, 1u);
  ASSERT_TRUE(again->repaired);
  EXPECT_EQ(again->repaired->bytes, 100u);
  EXPECT_FALSE(again->journal->why_failed());
  EXPECT_TRUE(append(*again->journal, record("next")));
}

#ifdef SALLYPORT_FAILPOINTS

TEST(Failing, AnFsyncThatFailedIsNeverTriedAgain) {
  const TempDir dir;
  const Environment when("SALLYPORT_FSYNC_FAILS_WHEN", dir / "broken");
  const auto opened = open(dir / "log", "r-0");
  ASSERT_TRUE(append(*opened->journal, record("kept")));
  write_file(dir / "broken", "");
  EXPECT_EQ(refused_of(*opened->journal, 50), 50);
  const auto bytes = read_file(dir / "log/r-0.jsonl");
  std::filesystem::remove(dir / "broken");
  EXPECT_EQ(refused_of(*opened->journal, 50), 50);
  opened->journal->append_async(record("noted"));
  ASSERT_TRUE(opened->journal->why_failed());
  EXPECT_THAT(*opened->journal->why_failed(), HasSubstr("Input/output error"));
  EXPECT_EQ(opened->journal->counters().errors, 101u);
  EXPECT_EQ(opened->journal->counters().syncs, 1u);
  EXPECT_EQ(read_file(dir / "log/r-0.jsonl"), bytes);  // not a byte more
}

// Nobody was told that it is there, but it may be: the next start must know of it.
TEST(Failing, AnIntentWhoseFsyncFailedIsFoundOpen) {
  const TempDir dir;
  {
    const Environment third("SALLYPORT_FAILPOINT", "fsync-fails:3");
    const auto opened = open(dir.path(), "r-0");
    EXPECT_TRUE(append(*opened->journal, record("one")));
    EXPECT_TRUE(append(*opened->journal, record("two")));
    EXPECT_FALSE(append(*opened->journal, record("intent", {{"intent", "i1"}, {"kind", "use"}})));
  }
  const auto again = open(dir.path(), "r-0");
  ASSERT_TRUE(again) << again.error().message();
  ASSERT_EQ(again->open_intents.size(), 1u);
  EXPECT_EQ(again->open_intents[0]["intent"].text(), "i1");
}

TEST(Failing, WhatWaitsForASlowDiskIsBounded) {
  const Environment slow("SALLYPORT_FAILPOINT", "fsync-takes:200");
  const TempDir dir;
  const auto opened = open(dir.path(), "r-0", {.batch_records = 1, .queue_bytes = 4096});
  const std::string text(512, 'x');
  for (int i = 0; i < 20; ++i) opened->journal->append_async(record("noted", {{"text", text.c_str()}}));
  ASSERT_TRUE(opened->journal->why_failed());
  EXPECT_THAT(*opened->journal->why_failed(), HasSubstr("wait for a disk that does not take them"));
  EXPECT_EQ(refused_of(*opened->journal, 1), 1);
}

#endif

}  // namespace
}  // namespace sallyport::journal
