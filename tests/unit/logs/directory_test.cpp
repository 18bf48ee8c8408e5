#include "logs/directory.hpp"

#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/logs/support.hpp"

namespace sallyport::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

struct DirectoryTest : testing::Test {
  // Of one stream.
  static std::vector<std::string> paths(const FilesByStream& found, const std::string& stream) {
    std::vector<std::string> paths;
    if (const auto files = found.find(stream); files != found.end()) {
      for (const auto& file : files->second) paths.push_back(file.path);
    }
    return paths;
  }
  [[nodiscard]] Directory here(Directory::Scope scope = {}) const { return {{dir.path()}, scope}; }
  // The only one that is there.
  [[nodiscard]] Unreadable unreadable(const std::string& bytes) const {
    write_file(dir / "bad.jsonl", bytes);
    auto directory = here();
    EXPECT_TRUE(directory.look().empty());
    EXPECT_EQ(directory.unreadable().size(), 1u);
    return directory.unreadable().empty() ? Unreadable{} : directory.unreadable().front();
  }

  TempDir dir;
  Stream stream{"s-a"};
};

TEST_F(DirectoryTest, AFileIsKnownByItsFirstLine) {
  const auto before = stream.next();
  write_file(dir / "any name.jsonl", stream.next_lines(3));
  const auto found = here().look();
  ASSERT_EQ(paths(found, "s-a").size(), 1u);
  const auto& file = found.at("s-a").front();
  EXPECT_EQ(file.first_seq, 2u);
  EXPECT_EQ(file.prev, journal::head_of(before));
  EXPECT_EQ(file.time, "2025-11-21T10:00:02.000000Z");
  EXPECT_EQ(file.bytes, fs::file_size(file.path));
  EXPECT_EQ(file.identity, stamp_of(file.path)->identity);
  EXPECT_FALSE(file.is_compressed);
}

TEST_F(DirectoryTest, ThatItIsCompressedShowsInItsBytes) {
  const auto lines = stream.next_lines(3);
  write_file(dir / "s-a.1.jsonl.gz", gzip(lines));
  write_file(dir / "named otherwise.jsonl", gzip(lines));
  write_file(dir / "not.jsonl.gz", lines);
  std::map<std::string, bool> compressed;
  const auto found = here().look();
  for (const auto& file : found.at("s-a")) {
    EXPECT_EQ(file.first_seq, 1u);
    compressed[file.path] = file.is_compressed;
  }
  EXPECT_EQ(compressed,
            (std::map<std::string, bool>{
                {dir / "s-a.1.jsonl.gz", true}, {dir / "named otherwise.jsonl", true}, {dir / "not.jsonl.gz", false}}));
}

TEST_F(DirectoryTest, FindsWhatIsNamedLikeALogHereAndBelow) {
  const auto lines = stream.next_lines(1);
  fs::create_directories(dir / "below/it.jsonl");
  for (const auto* name : {"r.jsonl", "notes.txt", "r.jsonl.next", "s-a.1.jsonl.gz.part", "below/it.jsonl/x.jsonl"}) {
    write_file(dir / name, lines);
  }
  EXPECT_THAT(paths(here().look(), "s-a"), UnorderedElementsAre(dir / "r.jsonl", dir / "below/it.jsonl/x.jsonl"));
  EXPECT_THAT(paths(here({.below = false}).look(), "s-a"), ElementsAre(dir / "r.jsonl"));
}

TEST_F(DirectoryTest, PassesOverWhatIsNoRegularFile) {
  write_file(dir / "elsewhere", stream.next());
  fs::create_symlink(dir / "elsewhere", dir / "link.jsonl");
  ASSERT_EQ(::mkfifo((dir / "pipe.jsonl").c_str(), 0600), 0);
  auto directory = here();
  EXPECT_TRUE(directory.look().empty());
  EXPECT_TRUE(directory.unreadable().empty());
  EXPECT_THAT(directory.not_regular(), ElementsAre(dir / "link.jsonl", dir / "pipe.jsonl"));
}

TEST_F(DirectoryTest, APlaceMayBeAFileOfAnyName) {
  write_file(dir / "evidence", stream.next());
  write_file(dir / "other.jsonl", Stream{"t"}.next());
  Directory directory({dir / "evidence"}, {});
  const auto found = directory.look();
  EXPECT_EQ(found.size(), 1u);
  EXPECT_THAT(paths(found, "s-a"), ElementsAre(dir / "evidence"));
  EXPECT_TRUE(directory.without_logs().empty());
}

TEST_F(DirectoryTest, APlaceThatIsNotThereIsUnreadable) {
  Directory directory({dir / "nowhere"}, {});
  EXPECT_TRUE(directory.look().empty());
  ASSERT_EQ(directory.unreadable().size(), 1u);
  EXPECT_EQ(directory.unreadable()[0].path, dir / "nowhere");
  EXPECT_THAT(directory.unreadable()[0].why, HasSubstr("No such file"));
}

TEST_F(DirectoryTest, WhereOnlyDirectoriesAreLookedAtAFileIsNone) {
  write_file(dir / "r.jsonl", stream.next());
  Directory directory({dir / "r.jsonl", dir / "nowhere"}, {.files = false});
  EXPECT_TRUE(directory.look().empty());
  ASSERT_EQ(directory.not_listed().size(), 2u);
  EXPECT_EQ(directory.not_listed()[0].why, "it is no directory");
  EXPECT_EQ(directory.not_listed()[1].path, dir / "nowhere");
}

TEST_F(DirectoryTest, SaysWhatIsNoLogAndWhetherItMayBecomeOne) {
  const auto empty = unreadable("");
  EXPECT_EQ(empty.why, "it is empty");
  EXPECT_TRUE(empty.has_begun);
  const auto line = stream.next();
  const auto begun = unreadable(line.substr(0, 20));
  EXPECT_EQ(begun.why, "its first line is none of a log");
  EXPECT_TRUE(begun.has_begun);
  EXPECT_FALSE(unreadable("no log\n" + line).has_begun);
  EXPECT_FALSE(unreadable("no log\n" + line).damaged);
  const auto damaged = unreadable(gzip(line).substr(0, 12));
  EXPECT_TRUE(damaged.damaged);
  EXPECT_THAT(damaged.why, HasSubstr("cut off"));
}

TEST_F(DirectoryTest, AStreamMayBeCalledAtAnyLength) {
  const std::string name(100'000, 'x');
  write_file(dir / "r.jsonl", Stream{name}.next());
  EXPECT_EQ(paths(here().look(), name).size(), 1u);
}

TEST_F(DirectoryTest, EachLookFindsWhatIsThereByThen) {
  auto directory = here();
  EXPECT_TRUE(directory.look().empty());
  write_file(dir / "r.jsonl", stream.next_lines(2));
  EXPECT_EQ(directory.look().at("s-a").front().first_seq, 1u);
  fs::rename(dir / "r.jsonl", dir / "s-a.1.jsonl");
  write_file(dir / "r.jsonl", stream.next());
  EXPECT_THAT(paths(directory.look(), "s-a"), ElementsAre(dir / "r.jsonl", dir / "s-a.1.jsonl"));
  write_file(dir / "r.jsonl", "no log\n");
  EXPECT_THAT(paths(directory.look(), "s-a"), ElementsAre(dir / "s-a.1.jsonl"));
  EXPECT_EQ(directory.unreadable().size(), 1u);
  fs::remove(dir / "r.jsonl");
  EXPECT_EQ(directory.look().size(), 1u);
  EXPECT_TRUE(directory.unreadable().empty());
}

// What would be another first line is not seen where nothing else says that the file is another one.
TEST_F(DirectoryTest, AFileThatHasNotChangedIsNotReadAgain) {
  const auto path = dir / "r.jsonl";
  write_file(path, stream.next());
  const auto time = fs::last_write_time(path);
  auto directory = here();
  EXPECT_EQ(directory.look().at("s-a").front().first_seq, 1u);
  write_file(path, stream.next());
  fs::last_write_time(path, time);
  EXPECT_EQ(directory.look().at("s-a").front().first_seq, 1u);
  fs::last_write_time(path, time + std::chrono::seconds(1));
  EXPECT_EQ(directory.look().at("s-a").front().first_seq, 2u);
}

TEST_F(DirectoryTest, AFileThatWasCompressedSinceItWasNamedIsFound) {
  write_file(dir / "s-a.1.jsonl", stream.next());
  compress(dir / "s-a.1.jsonl");
  Directory directory({dir / "s-a.1.jsonl"}, {});
  EXPECT_THAT(paths(directory.look(), "s-a"), ElementsAre(dir / "s-a.1.jsonl.gz"));
  EXPECT_TRUE(directory.unreadable().empty());
}

TEST_F(DirectoryTest, WithWhatWasClosedBesideTheFileThatIsNamed) {
  write_file(dir / "s-a.1.jsonl", stream.next());
  compress(dir / "s-a.1.jsonl");
  write_file(dir / "s-a.2.jsonl", stream.next());
  write_file(dir / "copy.jsonl", read_file(dir / "s-a.2.jsonl"));
  write_file(dir / "t.1.jsonl", Stream{"t"}.next());
  write_file(dir / "s.jsonl", stream.next());
  Directory directory({dir / "s.jsonl"}, {});
  EXPECT_THAT(paths(directory.look(), "s-a"), ElementsAre(dir / "s.jsonl"));
  directory.look_beside(true);
  const auto found = directory.look();
  EXPECT_EQ(found.size(), 1u);
  EXPECT_THAT(paths(found, "s-a"), UnorderedElementsAre(dir / "s.jsonl", dir / "s-a.1.jsonl.gz", dir / "s-a.2.jsonl"));
}

TEST_F(DirectoryTest, SaysWhereNoLogIs) {
  fs::create_directory(dir / "empty");
  fs::create_directory(dir / "other");
  write_file(dir / "other/notes.txt", "");
  fs::create_directory(dir / "full");
  write_file(dir / "full/r.jsonl", "no log, but it is called one\n");
  Directory directory({dir / "empty", dir / "other", dir / "full/"}, {});
  EXPECT_TRUE(directory.look().empty());
  const auto without = directory.without_logs();
  ASSERT_EQ(without.size(), 2u);
  EXPECT_EQ(without[0].path, dir / "empty");
  EXPECT_EQ(without[1].path, dir / "other");
}

TEST(LeaveOneOfEach, TheLogsOwnBeforeWhatWasMadeOfIt) {
  const auto file = [](std::string path, std::uint64_t first_seq) {
    return LogFile{std::move(path), "s-a", first_seq};
  };
  const auto left = [&](std::vector<LogFile> files) {
    leave_one_of_each(files);
    std::vector<std::string> paths;
    for (const auto& each : files) paths.push_back(each.path);
    return paths;
  };
  EXPECT_THAT(left({file("d/copy.jsonl.gz", 1), file("d/copy.jsonl", 1), file("d/s-a.1.jsonl.gz", 1),
                    file("d/s.jsonl", 1), file("d/s-a.1.jsonl", 1)}),
              ElementsAre("d/s-a.1.jsonl"));
  EXPECT_THAT(left({file("d/copy.jsonl", 1), file("d/s-a.1.jsonl.gz", 1), file("d/s.jsonl", 1)}),
              ElementsAre("d/s.jsonl"));
  EXPECT_THAT(left({file("d/copy.jsonl.gz", 1), file("d/copy.jsonl", 1), file("d/s-a.1.jsonl.gz", 1)}),
              ElementsAre("d/s-a.1.jsonl.gz"));
  EXPECT_THAT(left({file("d/a.jsonl.gz", 1), file("d/z.jsonl", 1)}), ElementsAre("d/z.jsonl"));
  EXPECT_THAT(left({file("d/s.jsonl", 7), file("d/s-a.1.jsonl", 1)}), ElementsAre("d/s-a.1.jsonl", "d/s.jsonl"));
}

TEST(CompressedName, OfWhatHasItAlreadyToo) {
  EXPECT_EQ(compressed_name("d/s.jsonl"), "d/s.jsonl.gz");
  EXPECT_EQ(compressed_name("d/s.jsonl.gz"), "d/s.jsonl.gz");
}

}  // namespace
}  // namespace sallyport::logs
