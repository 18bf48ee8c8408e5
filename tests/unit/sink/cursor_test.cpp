#include "sink/cursor.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "unit/sink/support.hpp"

namespace sallyport::sink {
namespace {

const std::string kHead(64, 'a');

TEST(Cursor, IsReadAsItWasWritten) {
  const TempDir dir;
  const Cursor siem{"siem", {{"r-0-aaaaaaaa", 48, 31337, kHead}, {"r-0-bbbbbbbb", 1, 200, kHead}}};
  const Cursor archive{"archive", {}};
  ASSERT_TRUE(write_cursor(dir.path(), siem));
  ASSERT_TRUE(write_cursor(dir.path(), archive));
  EXPECT_EQ(read_cursor(dir.path(), "siem"), siem);
  EXPECT_EQ(read_cursors(dir.path()), (std::vector{archive, siem}));
  ASSERT_TRUE(remove_cursor(dir.path(), "archive"));
  ASSERT_TRUE(remove_cursor(dir.path(), "archive"));  // is gone already
  EXPECT_EQ(read_cursors(dir.path())->size(), 1u);
}

TEST(Cursor, HasNoPositionsIfAnythingOfItIsDamaged) {
  const TempDir dir;
  ASSERT_TRUE(write_cursor(dir.path(), {"siem", {{"r-0-aaaaaaaa", 48, 31337, kHead}}}));
  const auto path = dir / "siem.cursor";
  std::string whole;
  std::getline(std::ifstream(path), whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::filesystem::remove(path);
    append(path, whole.substr(0, size));
    EXPECT_EQ(read_cursor(dir.path(), "siem"), (Cursor{"siem", {}})) << size;
  }
  // Of another sink, of a later format, of no line.
  for (const auto& [from, to] :
       {std::pair("siem", "soem"), std::pair("\"v\":1", "\"v\":2"), std::pair("aaaa\"}", "\"}"), std::pair("48", "-48"),
        std::pair("31337", "\"31337\"")}) {
    auto changed = whole;
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    std::filesystem::remove(path);
    append(path, changed);
    EXPECT_EQ(read_cursor(dir.path(), "siem"), (Cursor{"siem", {}})) << changed;
  }
  EXPECT_EQ(read_cursors(dir.path()), (std::vector{Cursor{"siem", {}}}));  // it is there, and holds everything back
}

TEST(Cursor, WhatAnySinkStillNeedsIsKept) {
  const TempDir dir;
  EXPECT_EQ(taken_up_to(dir.path(), "r-0-aaaaaaaa"), std::numeric_limits<std::uint64_t>::max());
  ASSERT_TRUE(write_cursor(dir.path(), {"siem", {{"r-0-aaaaaaaa", 48, 31337, kHead}, {"r-0-bbbbbbbb", 9, 9, kHead}}}));
  EXPECT_EQ(taken_up_to(dir.path(), "r-0-aaaaaaaa"), 48u);
  ASSERT_TRUE(write_cursor(dir.path(), {"archive", {{"r-0-aaaaaaaa", 7, 900, kHead}}}));
  EXPECT_EQ(taken_up_to(dir.path(), "r-0-aaaaaaaa"), 7u);
  EXPECT_EQ(taken_up_to(dir.path(), "r-0-bbbbbbbb"), 0u);
  append(dir / "damaged.cursor", "{");
  EXPECT_EQ(taken_up_to(dir.path(), "r-0-aaaaaaaa"), 0u);
  EXPECT_EQ(taken_up_to("/nowhere", "r-0-aaaaaaaa"), 0u);
}

TEST(Cursor, OfNoDirectoryIsAnError) {
  EXPECT_FALSE(read_cursors("/nowhere"));
  EXPECT_FALSE(write_cursor("/nowhere", {"siem", {}}));
}

TEST(Cursor, NamesAreDnsLabels) {
  for (const char* name : {"siem", "a", "siem-2"}) EXPECT_TRUE(is_sink_name(name)) << name;
  for (const char* name : {"", "-a", "a-", "../a", "A", "a.b", "a/b"}) EXPECT_FALSE(is_sink_name(name)) << name;
  EXPECT_FALSE(is_sink_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace sallyport::sink
