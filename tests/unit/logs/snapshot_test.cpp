#include "logs/snapshot.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/logs/support.hpp"

namespace sallyport::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

std::vector<std::string> paths(const LogStream& stream) {
  std::vector<std::string> paths;
  for (const auto& file : stream.files) paths.push_back(file.path);
  return paths;
}

// All of it, or why not.
std::string read_all(StoredFile stored) {
  const auto source = stored.as_source();
  std::string all, piece(1000, '\0');
  for (;;) {
    const auto count = source(piece);
    if (!count) return count.error().message();
    if (*count == 0) return all;
    all.append(piece, 0, *count);
  }
}

// Two closed files and the one that is written.
struct SnapshotTest : testing::Test {
  SnapshotTest() {
    write_file(first, stream.next_lines(3));
    write_file(second, stream.next_lines(3));
    write_file(active, stream.next_lines(3));
  }
  [[nodiscard]] FoundLogs find() const { return find_logs({dir.path()}); }
  // Of the one stream, of which nothing is unreadable.
  [[nodiscard]] std::vector<std::string> found() const {
    const auto logs = find();
    EXPECT_THAT(logs.unreadable, IsEmpty());
    EXPECT_EQ(logs.streams.size(), 1u);
    return logs.streams.empty() ? std::vector<std::string>{} : paths(logs.streams[0]);
  }
  // As a replica does it.
  void rotate(const std::string& closed) {
    fs::create_hard_link(active, closed);
    write_file(active + ".next", stream.next());
    fs::rename(active + ".next", active);
  }

  TempDir dir;
  Stream stream{"s-a"};
  std::string first = dir / "s-a.1.jsonl", second = dir / "s-a.4.jsonl", active = dir / "s.jsonl";
};

TEST_F(SnapshotTest, FilesInTheOrderOfTheirLinesAndStreamsByName) {
  rotate(dir / "s-a.7.jsonl");
  rotate(dir / "s-a.10.jsonl");
  EXPECT_THAT(found(), ElementsAre(first, second, dir / "s-a.7.jsonl", dir / "s-a.10.jsonl", active));
  write_file(dir / "z.jsonl", Stream{"b"}.next());
  const auto logs = find();
  ASSERT_EQ(logs.streams.size(), 2u);
  EXPECT_EQ(logs.streams[0].name, "b");
  EXPECT_EQ(logs.streams[1].name, "s-a");
}

TEST_F(SnapshotTest, InSeveralPlaces) {
  fs::create_directory(dir / "elsewhere");
  fs::rename(first, dir / "elsewhere/first.jsonl");
  const auto logs = find_logs({active, dir / "elsewhere", second});
  ASSERT_EQ(logs.streams.size(), 1u);
  EXPECT_THAT(paths(logs.streams[0]), ElementsAre(dir / "elsewhere/first.jsonl", second, active));
}

TEST_F(SnapshotTest, AFileThatIsBeingClosedHasTwoNamesAndCountsOnce) {
  fs::create_hard_link(active, dir / "s-a.7.jsonl");
  EXPECT_EQ(found().size(), 3u);
}

// That two hold the same lines is for whoever checks them to say.
TEST_F(SnapshotTest, ACopyIsAFileOfItsOwn) {
  write_file(dir / "copy.jsonl", read_file(second));
  EXPECT_EQ(found().size(), 4u);
}

TEST_F(SnapshotTest, WhatIsBeingCompressedCountsOnce) {
  write_file(second + ".gz", gzip(read_file(second)));
  EXPECT_THAT(found(), ElementsAre(first, second, active));
  fs::remove(second);
  EXPECT_THAT(found(), ElementsAre(first, second + ".gz", active));
}

TEST_F(SnapshotTest, ACompressedOneThatIsNotWhatItIsBesideIsDamaged) {
  write_file(second + ".gz", gzip(read_file(first)));
  const auto logs = find();
  ASSERT_EQ(logs.unreadable.size(), 1u);
  EXPECT_EQ(logs.unreadable[0].path, second + ".gz");
  EXPECT_EQ(logs.unreadable[0].why, "it does not hold what " + second + " does");
  EXPECT_TRUE(logs.unreadable[0].damaged);
  EXPECT_EQ(logs.streams[0].files.size(), 3u);
}

TEST_F(SnapshotTest, OneThatIsDamagedBesideWhatItWasMadeOfIsToldOnce) {
  const auto stored = gzip(read_file(second));
  for (const std::size_t size : {5, 12, 40}) {
    ASSERT_LT(size, stored.size());
    write_file(second + ".gz", stored.substr(0, size));
    const auto logs = find();
    ASSERT_EQ(logs.unreadable.size(), 1u) << size;
    EXPECT_EQ(logs.unreadable[0].path, second + ".gz") << size;
    EXPECT_TRUE(logs.unreadable[0].damaged) << size;
    EXPECT_EQ(logs.streams[0].files.size(), 3u) << size;
  }
}

TEST_F(SnapshotTest, WhatIsNoLogIsToldAndHidesNothing) {
  write_file(second, "");
  const auto logs = find();
  ASSERT_EQ(logs.unreadable.size(), 1u);
  EXPECT_EQ(logs.unreadable[0].path, second);
  EXPECT_THAT(paths(logs.streams[0]), ElementsAre(first, active));
}

TEST_F(SnapshotTest, PlacesWithNothingInThemAreTold) {
  fs::create_directory(dir / "empty");
  const auto logs = find_logs({dir / "empty", dir / "nowhere"});
  EXPECT_THAT(logs.streams, IsEmpty());
  ASSERT_EQ(logs.unreadable.size(), 2u);
  EXPECT_EQ(logs.unreadable[0].path, dir / "nowhere");
  EXPECT_EQ(logs.unreadable[1].path, dir / "empty");
}

TEST_F(SnapshotTest, AFileEndsWhereItEndedThen) {
  const auto then = read_file(active);
  const auto file = find().streams[0].files.back();
  append(active, stream.next_lines(2));
  EXPECT_EQ(read_all(open(file)), then);
}

TEST_F(SnapshotTest, AFileIsFoundByTheNameThatItHasByNow) {
  const auto then = read_file(active);
  const auto file = find().streams[0].files.back();
  append(active, stream.next());
  rotate(dir / "s-a.7.jsonl");
  EXPECT_EQ(read_all(open(file)), then);
  rotate(dir / "s-a.11.jsonl");
  compress(dir / "s-a.7.jsonl");
  EXPECT_TRUE(read_all(open(file)).starts_with(then));
}

TEST_F(SnapshotTest, OneThatIsGoneCanNotBeRead) {
  const auto file = find().streams[0].files.front();
  fs::remove(first);
  EXPECT_THAT(read_all(open(file)), HasSubstr("cannot be read: No such file"));
}

TEST_F(SnapshotTest, DamageOfThatWhichWasFoundIsTold) {
  compress(first);
  const auto file = find().streams[0].files.front();
  write_file(first + ".gz", read_file(first + ".gz").substr(0, 12));
  EXPECT_THAT(read_all(open(file)), HasSubstr("cut off"));
}

}  // namespace
}  // namespace sallyport::logs
