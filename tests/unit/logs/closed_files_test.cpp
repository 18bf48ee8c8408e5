#include "logs/closed_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/logs/support.hpp"

namespace sallyport::logs {
namespace {

using testing::HasSubstr;

struct ClosedFilesTest : testing::Test {
  ClosedFilesTest() {
    write_file(dir / "s-a.1.jsonl", stream.next_lines(2));
    write_file(dir / "s-a.3.jsonl", stream.next_lines(2));
    write_file(dir / "s.jsonl", stream.next_lines(1));
  }
  [[nodiscard]] std::vector<ClosedFile> files() const {
    auto found = closed_files(dir.path(), "s-a");
    EXPECT_TRUE(found);
    return found ? *found : std::vector<ClosedFile>{};
  }
  // Of the second file.
  [[nodiscard]] std::string why_unknown() const {
    const auto found = files();
    EXPECT_EQ(found.size(), 2u);
    return found.size() == 2 ? found[1].why_unknown.value_or("") : "";
  }

  TempDir dir;
  Stream stream{"s-a"};
  std::string second = dir / "s-a.3.jsonl";
};

TEST_F(ClosedFilesTest, InTheOrderOfTheirLines) {
  write_file(dir / "s-a.10.jsonl", (stream.next_lines(4), stream.next()));
  const auto lines = read_file(dir / "s-a.1.jsonl");
  const auto found = files();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, dir / "s-a.1.jsonl");
  EXPECT_EQ(found[0].head_before, journal::kBeginning);
  EXPECT_EQ(found[1].first_seq, 3u);
  EXPECT_EQ(found[1].head_before, journal::head_of(lines.substr(lines.find('\n') + 1)));
  EXPECT_EQ(found[2].first_seq, 10u);
  compress(dir / "s-a.1.jsonl");
  EXPECT_EQ(files()[0].path, dir / "s-a.1.jsonl.gz");
}

TEST_F(ClosedFilesTest, OneThatIsThereInBothWaysIsTheOneThatWasThereFirst) {
  write_file(second + ".gz", gzip(read_file(second)));
  write_file(second + ".gz.part", "half of it");
  const auto found = files();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].path, second);
  std::filesystem::remove(second);
  EXPECT_EQ(files()[1].path, second + ".gz");
  EXPECT_EQ(files()[1].head_before, found[1].head_before);
  EXPECT_EQ(why_unknown(), "");
}

TEST_F(ClosedFilesTest, WhatIsCalledOtherwiseIsNone) {
  for (const auto* name : {"copy.jsonl", "s-a.03.jsonl", "s-a.3.jsonl.gz.part", "s-a.3.gz", "t.3.jsonl", "s-a.jsonl"}) {
    write_file(dir / name, read_file(second));
  }
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(ClosedFilesTest, WhatCanNotBeReadIsNamedInItsPlace) {
  write_file(second, "");
  EXPECT_EQ(why_unknown(), "it is empty");
  write_file(second, "no log\n");
  EXPECT_EQ(why_unknown(), "its first line is none of a log");
  write_file(second, gzip("no log\n").substr(0, 12));
  EXPECT_THAT(why_unknown(), HasSubstr("cut off"));
  std::filesystem::remove(second);
  std::filesystem::create_directory(second);
  EXPECT_EQ(why_unknown(), "it is no regular file");
}

TEST_F(ClosedFilesTest, WhatHoldsOtherLinesThanItsNameSaysIsNotKnown) {
  write_file(second, read_file(dir / "s-a.1.jsonl"));
  EXPECT_EQ(why_unknown(), "it begins with line 1 of stream s-a, which is not what its name says");
  Stream other{"t-a"};
  write_file(second, (other.next_lines(2), other.next()));
  EXPECT_EQ(why_unknown(), "it begins with line 3 of stream t-a, which is not what its name says");
}

TEST_F(ClosedFilesTest, ADirectoryThatCanNotBeListedIsAnError) {
  const auto found = closed_files(dir / "nowhere", "s-a");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message(), HasSubstr("listing " + (dir / "nowhere")));
}

}  // namespace
}  // namespace sallyport::logs
