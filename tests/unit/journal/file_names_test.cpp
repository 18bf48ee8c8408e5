#include "journal/file_names.hpp"

#include <gtest/gtest.h>

namespace sallyport::journal {
namespace {

TEST(FileNames, OfOneStream) {
  EXPECT_EQ(written_file_name("r-0-abcdefgh"), "r-0.jsonl");
  EXPECT_EQ(closed_file_name("r-0-abcdefgh", 7), "r-0-abcdefgh.7.jsonl");
}

TEST(FileNames, TheFirstLineOfAClosedFileIsInItsName) {
  EXPECT_EQ(first_seq_in("s.7.jsonl", "s"), 7u);
  EXPECT_EQ(first_seq_in("s.7.jsonl.gz", "s"), 7u);
  EXPECT_EQ(first_seq_in("s.18446744073709551615.jsonl", "s"), 18446744073709551615u);
  EXPECT_EQ(first_seq_in(closed_file_name("r.1.jsonl-x", 3), "r.1.jsonl-x"), 3u);
}

TEST(FileNames, WhatIsNoClosedFileOfTheStream) {
  for (const auto* name : {"", ".gz", "s", "s.jsonl", "s..jsonl", "s.7.gz", "s.7.jsonl.gz.gz", "s.7.jsonl.gz.part",
                           "s.07.jsonl", "s.+7.jsonl", "s.-7.jsonl", "s.7x.jsonl", "s.7.8.jsonl", "t.7.jsonl",
                           "ss.7.jsonl", "s.18446744073709551616.jsonl"}) {
    EXPECT_EQ(first_seq_in(name, "s"), std::nullopt) << name;
  }
}

TEST(FileNames, WhereALogMayStand) {
  for (const auto* name : {"r-0.jsonl", "s.7.jsonl", "s.7.jsonl.gz", "copy.jsonl.gz"}) EXPECT_TRUE(is_log_name(name));
  for (const auto* name : {"r-0.json", "r-0.jsonl.next", "s.7.jsonl.gz.part", "s.7.gz", ""}) {
    EXPECT_FALSE(is_log_name(name)) << name;
  }
  EXPECT_EQ(without_compressed("s.7.jsonl.gz"), "s.7.jsonl");
  EXPECT_EQ(without_compressed("s.7.jsonl"), "s.7.jsonl");
}

}  // namespace
}  // namespace sallyport::journal
