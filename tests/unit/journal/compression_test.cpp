#include "journal/compression.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/gzip.hpp"
#include "journal/closed_files.hpp"
#include "journal/uncompressed.hpp"
#include "support.hpp"

namespace sallyport::journal {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

// Every line fills a file.
constexpr Limits kTiny{.file_bytes = 1};

struct CompressionTest : testing::Test {
  CompressionTest() {
    auto opened = open(dir.path(), "r-0", kTiny);
    for (int line = 0; line < 3; ++line) EXPECT_TRUE(append(*opened->journal, record("one")));
    stream = opened->journal->stream();
    first = dir / closed_file_name(stream, 1);
    second = dir / closed_file_name(stream, 2);
    newest = dir / closed_file_name(stream, 4);
  }

  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(dir.path())) found.push_back(entry.path().string());
    return found;
  }
  [[nodiscard]] Result<void> compress(const std::stop_token& stop = {}) const {
    return compress_closed(dir.path(), stream, stop);
  }
  // How many records there are by a replica that starts.
  [[nodiscard]] Result<std::uint64_t> records() const {
    const auto opened = open(dir.path(), "r-0");
    if (!opened) return fail(opened.error());
    return opened->records;
  }

  TempDir dir;
  std::string stream, first, second, newest, active = dir / "r-0.jsonl";
};

std::string content(const std::string& path) {
  const auto stored = read_file(path);
  std::string_view rest = stored;
  const auto read = uncompressed([&rest](std::span<char> room) -> Result<std::size_t> {
    const auto count = rest.copy(room.data(), room.size());
    rest.remove_prefix(count);
    return count;
  });
  std::string bytes(stored.size() * 100, '\0');
  const auto count = read(bytes);
  bytes.resize(count.value_or(0));
  return count ? bytes : count.error().message();
}

TEST_F(CompressionTest, AllButTheNewestAreCompressedAndTheChainHolds) {
  const auto before = read_file(first);
  const auto written = fs::last_write_time(first);
  ASSERT_TRUE(compress());
  EXPECT_THAT(paths(), UnorderedElementsAre(first + ".gz", second + ".gz", newest, active));
  EXPECT_EQ(content(first + ".gz"), before);
  EXPECT_EQ(fs::last_write_time(first + ".gz"), written);  // by which they are retired
  EXPECT_EQ(fs::status(first + ".gz").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(records(), 6u);
  const auto stored = read_file(first + ".gz");
  ASSERT_TRUE(compress());
  EXPECT_EQ(read_file(first + ".gz"), stored);  // once is enough
}

TEST_F(CompressionTest, WhatACrashLeavesIsDoneAgain) {
  const auto before = read_file(first);
  write_file(first + ".gz.part", "half of it");
  EXPECT_EQ(records(), 6u);
  write_file(second + ".gz", "not what it should be");  // the file that was there first counts
  EXPECT_EQ(records(), 6u);
  ASSERT_TRUE(compress());
  EXPECT_THAT(paths(), UnorderedElementsAre(first + ".gz", second + ".gz", newest, active));
  EXPECT_EQ(content(first + ".gz"), before);
  EXPECT_EQ(records(), 6u);
}

TEST_F(CompressionTest, OneThatSomebodyHasCompressedByItsOldNameIsNotCompressedTwice) {
  const auto before = read_file(first);
  Gzip gzip;
  write_file(first, gzip.add(before) + gzip.finish());
  EXPECT_EQ(records(), 6u);
  ASSERT_TRUE(compress());
  EXPECT_EQ(content(first + ".gz"), before);
  EXPECT_EQ(records(), 6u);
}

TEST_F(CompressionTest, WhatCanNotBeWrittenStaysAsItWas) {
  fs::create_directory(first + ".gz.part");
  const auto compressed = compress();
  ASSERT_FALSE(compressed);
  EXPECT_THAT(compressed.error().message(), HasSubstr(first + ".gz.part"));
  EXPECT_TRUE(fs::exists(first));
  EXPECT_TRUE(fs::exists(second + ".gz")) << "the others do not wait for it";
}

TEST_F(CompressionTest, StopsWhenItIsTold) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(compress(stop.get_token()));
  EXPECT_THAT(paths(), UnorderedElementsAre(first, second, newest, active));
}

TEST_F(CompressionTest, AReplicaDoesNotStartOnADamagedOne) {
  ASSERT_TRUE(compress());
  auto stored = read_file(first + ".gz");
  stored.back() = static_cast<char>(stored.back() ^ 1);
  write_file(first + ".gz", stored);
  const auto damaged = records();
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().message(), HasSubstr("its compressed bytes are damaged"));
  stored.resize(stored.size() - 4);
  write_file(first + ".gz", stored);
  EXPECT_THAT(records().error().message(), HasSubstr("cut off"));
}

TEST(UncompressedTest, PassesOnWhatIsNotCompressed) {
  const TempDir dir;
  write_file(dir / "plain", "{\"v\":1}\n");
  EXPECT_EQ(content(dir / "plain"), "{\"v\":1}\n");
  write_file(dir / "empty", "");
  EXPECT_EQ(content(dir / "empty"), "");
}

TEST(ClosedFilesTest, NamesThatAreNone) {
  const TempDir dir;
  for (const auto* name : {"s.1.jsonl", "s.7.jsonl.gz", "s.7.jsonl.gz.gz", "s.7.gz", "s.9.jsonl.gz.part",
                           "s.09.jsonl.gz", "t.8.jsonl.gz", ".gz"}) {
    write_file(dir / name, "");
  }
  const auto files = closed_files(dir.path(), "s").value();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, dir / "s.1.jsonl");
  EXPECT_EQ(files[1].path, dir / "s.7.jsonl.gz");
  EXPECT_EQ(files[1].first_seq, 7u);
}

}  // namespace
}  // namespace sallyport::journal
