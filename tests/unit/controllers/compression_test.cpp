#include "controllers/compression.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/gzip.hpp"
#include "rotated_log.hpp"

namespace sallyport::controllers {
namespace {

using logs::gunzip;
using logs::gzip;
using logs::read_file;
using logs::write_file;
using testing::HasSubstr;
namespace fs = std::filesystem;

struct CompressionTest : testing::Test {
  using Names = std::set<std::string>;

  [[nodiscard]] Result<void> compress(const std::stop_token& stop = {}) const {
    return compress_closed(log.dir.path(), log.stream, stop);
  }
  [[nodiscard]] Names all_compressed() const { return {name(1) + ".gz", name(2) + ".gz", name(4), "r-0.jsonl"}; }
  [[nodiscard]] std::string name(std::uint64_t first_seq) const {
    return journal::closed_file_name(log.stream, first_seq);
  }

  RotatedLog log{3};
  std::string first = log.path(1), second = log.path(2);
};

TEST_F(CompressionTest, AllButTheNewestAreCompressedAndTheChainHolds) {
  const auto before = read_file(first);
  const auto written = fs::last_write_time(first);
  ASSERT_TRUE(compress());
  EXPECT_EQ(log.names(), all_compressed());
  EXPECT_EQ(gunzip(read_file(first + ".gz")), before);
  EXPECT_EQ(fs::last_write_time(first + ".gz"), written);  // by which they are retired
  EXPECT_EQ(fs::status(first + ".gz").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto stored = read_file(first + ".gz");
  ASSERT_TRUE(compress());
  EXPECT_EQ(read_file(first + ".gz"), stored);  // once is enough
  EXPECT_EQ(log.records(), 6u);
}

TEST_F(CompressionTest, WhatACrashLeavesIsDoneAgain) {
  const auto before = read_file(first);
  write_file(first + ".gz.part", "half of it");
  write_file(second + ".gz", "not what it should be");  // the file that was there first counts
  EXPECT_EQ(log.records(), 6u);
  ASSERT_TRUE(compress());
  EXPECT_EQ(log.names(), all_compressed());
  EXPECT_EQ(gunzip(read_file(first + ".gz")), before);
  EXPECT_EQ(log.records(), 6u);
}

TEST_F(CompressionTest, OneThatSomebodyHasCompressedByItsOldNameIsNotCompressedTwice) {
  const auto before = read_file(first);
  write_file(first, gzip(before));
  EXPECT_EQ(log.records(), 6u);
  ASSERT_TRUE(compress());
  EXPECT_EQ(gunzip(read_file(first + ".gz")), before);
  EXPECT_EQ(log.records(), 6u);
}

TEST_F(CompressionTest, WhatCanNotBeWrittenStaysAsItWas) {
  fs::create_directory(first + ".gz.part");
  const auto compressed = compress();
  ASSERT_FALSE(compressed);
  EXPECT_THAT(compressed.error().message(), HasSubstr(first + ".gz.part"));
  EXPECT_TRUE(fs::exists(first));
  EXPECT_TRUE(fs::exists(second + ".gz")) << "the others do not wait for it";
}

// Amid a compression that a crash cut short, the good one is the other.
TEST_F(CompressionTest, WhatCanNotBeReadStandsForNothingAndIsLeftAsItIs) {
  const auto good = gzip(read_file(first));
  write_file(first + ".gz", good);
  write_file(first, std::string(100, '\0'));
  const auto compressed = compress();
  ASSERT_FALSE(compressed);
  EXPECT_THAT(compressed.error().message(), HasSubstr(first + ": its first line is none of a log"));
  EXPECT_EQ(read_file(first + ".gz"), good);
  EXPECT_EQ(read_file(first), std::string(100, '\0'));
  EXPECT_TRUE(fs::exists(second + ".gz")) << "the others do not wait for it";
}

TEST_F(CompressionTest, WhatIsNotWhatItsNameSaysIsLeftAsItIs) {
  write_file(first, read_file(second));
  const auto compressed = compress();
  ASSERT_FALSE(compressed);
  EXPECT_THAT(compressed.error().message(), HasSubstr(first + ": it begins with line 2 of stream " + log.stream));
  EXPECT_TRUE(fs::exists(first));
}

// Whoever runs it learns of it before the replica does not start on it.
TEST_F(CompressionTest, ADamagedOneIsToldThoughItIsCompressed) {
  ASSERT_TRUE(compress());
  fs::resize_file(first + ".gz", 12);
  const auto compressed = compress();
  ASSERT_FALSE(compressed);
  EXPECT_THAT(compressed.error().message(), HasSubstr(first + ".gz: its compressed bytes are cut off"));
}

TEST_F(CompressionTest, ACopyOfAClosedFileIsNone) {
  fs::copy_file(second, log.dir / "copy.jsonl");
  ASSERT_TRUE(compress());
  EXPECT_TRUE(fs::exists(log.dir / "copy.jsonl"));
}

TEST_F(CompressionTest, StopsWhenItIsTold) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(compress(stop.get_token()));
  EXPECT_EQ(log.names(), (Names{name(1), name(2), name(4), "r-0.jsonl"}));
}

TEST_F(CompressionTest, AReplicaDoesNotStartOnADamagedOne) {
  ASSERT_TRUE(compress());
  auto stored = read_file(first + ".gz");
  stored.back() = static_cast<char>(stored.back() ^ 1);
  write_file(first + ".gz", stored);
  const auto damaged = log.records();
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().message(), HasSubstr("its compressed bytes are damaged"));
  stored.resize(stored.size() - 4);
  write_file(first + ".gz", stored);
  EXPECT_THAT(log.records().error().message(), HasSubstr("cut off"));
}

}  // namespace
}  // namespace sallyport::controllers
