#include <chrono>
#include <filesystem>
#include <map>
#include <ranges>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/gzip.hpp"
#include "journal/checkpoint.hpp"
#include "journal/file_names.hpp"
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

// In the order of their lines.
std::vector<std::string> closed_paths(const TempDir& dir, const std::string& stream) {
  std::map<std::uint64_t, std::string> paths;
  for (const auto& name : names_in(dir)) {
    if (const auto seq = first_seq_in(name, stream)) paths.emplace(*seq, dir / name);
  }
  const auto values = std::views::values(paths);
  return {values.begin(), values.end()};
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
  auto paths = closed_paths(dir, stream);
  paths.push_back(dir / "r-0.jsonl");
  for (const auto& path : paths) {
    auto bytes = read_file(path);
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

// The names' lengths say nothing of the order.
TEST(Rotation, TheNextStartReadsWhatIsCompressedInItsPlace) {
  const TempDir dir;
  const auto stream = write_rotated(dir, 7);
  for (const auto first_seq : {1, 4, 10}) {
    const auto path = dir / closed_file_name(stream, first_seq);
    Gzip gzip;
    const auto begun = gzip.add(read_file(path));
    write_file(path + ".gz", begun + gzip.finish());
    if (first_seq != 4) fs::remove(path);  // where it is there in both ways, the one that is not compressed counts
  }
  const auto opened = open(dir.path(), "r-0");
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(opened->records, 14u);
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
  const auto paths = closed_paths(dir, stream);
  ASSERT_FALSE(paths.empty());
  EXPECT_THAT(lines_of(read_file(paths.back())).back(), HasSubstr(R"("event":"checkpoint")"));
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
    EXPECT_THAT(opened.error().message(), HasSubstr("cannot be trusted")) << missing;
  }
}

// As it stands in the log's description: an older one, put back, is not gone on with.
TEST(Rotation, AFileThatComesAfterTheOneThatIsWrittenIsNoLogToDecideOn) {
  const TempDir dir;
  const auto stream = write_rotated(dir, 3);
  for (const auto first_seq : {1, 2}) {
    fs::copy_file(dir / closed_file_name(stream, first_seq), dir / "r-0.jsonl", fs::copy_options::overwrite_existing);
    const auto opened = open(dir.path(), "r-0");
    ASSERT_FALSE(opened) << first_seq;
    EXPECT_THAT(opened.error().message(), HasSubstr("cannot be trusted")) << first_seq;
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

}  // namespace
}  // namespace sallyport::journal
