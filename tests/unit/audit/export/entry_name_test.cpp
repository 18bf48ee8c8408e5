#include "audit/export/entry_name.hpp"

#include <gtest/gtest.h>

namespace sallyport::audit {
namespace {

TEST(EntryName, StaysInItsFolder) {
  for (const std::string_view safe : {"SUMMARY.txt", "logs/replica-0-abcdefgh.1.jsonl", "a/b/c_d"}) {
    EXPECT_TRUE(is_safe_entry(safe)) << safe;
  }
  using namespace std::string_view_literals;
  for (const auto trick : {""sv, "/etc/passwd"sv, "../x"sv, "a/../../x"sv, "a/./x"sv, "a//x"sv, "a/"sv, "a\\..\\x"sv,
                           "C:x"sv, "a\0b"sv, "a\nb"sv, ".hidden"sv, "a/b."sv, "a b"sv, "a\x1b[2J"sv, "\u202ea"sv}) {
    EXPECT_FALSE(is_safe_entry(trick)) << trick;
  }
  EXPECT_FALSE(is_safe_entry(std::string(201, 'a')));
}

TEST(EntryName, OfAStreamIsItsOwnOnlyIfThatIsPlain) {
  EXPECT_EQ(log_entry("replica-0-abcdefgh", 1, 21), "logs/replica-0-abcdefgh.21.jsonl");
  EXPECT_EQ(head_entry("replica-0-abcdefgh", 1), "heads/replica-0-abcdefgh.note");
  EXPECT_EQ(policy_entry("promote-image", 3), "policies/3-promote-image.json");
  using namespace std::string_view_literals;
  for (const auto trick : {""sv, "../../etc/x"sv, "/etc/x"sv, "..\\..\\x"sv, "a\0b"sv, "a..b"sv, "-x"sv, ".x"sv, "x."sv,
                           "Replica"sv, "a b"sv, "a:b"sv, "a\x1b"sv}) {
    EXPECT_EQ(log_entry(trick, 2, 1), "logs/stream-2.1.jsonl") << trick;
    EXPECT_EQ(head_entry(trick, 2), "heads/stream-2.note") << trick;
    EXPECT_EQ(policy_entry(trick, 2), "policies/2.json") << trick;
  }
  EXPECT_EQ(log_entry(std::string(121, 'a'), 2, 1), "logs/stream-2.1.jsonl");
  EXPECT_TRUE(is_safe_entry(log_entry(std::string(120, 'a'), 2, ~std::uint64_t{0})));
}

}  // namespace
}  // namespace sallyport::audit
