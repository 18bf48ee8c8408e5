#include "action/line_diff.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace sallyport::action {
namespace {

using Lines = std::vector<std::string_view>;
using Changes = std::vector<LineChange>;

// One character a line.
Lines lines(std::string_view letters) {
  Lines lines;
  for (std::size_t i = 0; i < letters.size(); ++i) lines.push_back(letters.substr(i, 1));
  return lines;
}

Changes diff(std::string_view before, std::string_view after) {
  return diff_lines(lines(before), lines(after));
}

// The new text, made of the old one and the changes. Fails if what they call equal is not.
Lines applied(const Lines& before, const Lines& after, const Changes& changes) {
  Lines made;
  std::size_t in_old = 0;
  for (const auto& change : changes) {
    EXPECT_LE(in_old, change.old_begin);
    EXPECT_GT(change.old_count + change.new_count, 0u);
    while (in_old < change.old_begin) made.push_back(before.at(in_old++));
    EXPECT_EQ(made.size(), change.new_begin);
    for (std::size_t i = 0; i < change.new_count; ++i) made.push_back(after.at(change.new_begin + i));
    in_old += change.old_count;
  }
  while (in_old < before.size()) made.push_back(before.at(in_old++));
  return made;
}

std::size_t edits(const Changes& changes) {
  std::size_t count = 0;
  for (const auto& change : changes) count += change.old_count + change.new_count;
  return count;
}

TEST(LineDiff, OfEqualTextsIsNothing) {
  EXPECT_EQ(diff("", ""), Changes{});
  EXPECT_EQ(diff("abc", "abc"), Changes{});
}

TEST(LineDiff, OneLineOfMany) {
  EXPECT_EQ(diff("abcdef", "abXdef"), (Changes{{2, 1, 2, 1}}));
  EXPECT_EQ(diff("abcdef", "abdef"), (Changes{{2, 1, 2, 0}}));
  EXPECT_EQ(diff("abdef", "abcdef"), (Changes{{2, 0, 2, 1}}));
  EXPECT_EQ(diff("", "ab"), (Changes{{0, 0, 0, 2}}));
  EXPECT_EQ(diff("ab", ""), (Changes{{0, 2, 0, 0}}));
}

TEST(LineDiff, LinesThatStandOnceHoldTheOthersTogether) {
  // A function put before one like it: the braces belong to their own.
  EXPECT_EQ(diff("f{}g{}", "f{}h{}g{}"), (Changes{{3, 0, 3, 3}}));
  EXPECT_EQ(diff("abc", "cab"), (Changes{{0, 0, 0, 1}, {2, 1, 3, 0}}));
}

TEST(LineDiff, WhereNoLineStandsOnceItIsTheShortest) {
  EXPECT_EQ(edits(diff("abcabba", "cbabac")), 5u);  // Myers' own example: a shortest script has five
  EXPECT_EQ(edits(diff("ababab", "bababa")), 2u);
}

TEST(LineDiff, MakesTheNewTextOfTheOldOne) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const auto letters = 1 + random() % 12;
    const auto text = [&] {
      std::string text(random() % 40, 'a');
      for (auto& c : text) c = static_cast<char>('a' + random() % letters);
      return text;
    };
    const auto before = text();
    const auto after = text();
    const auto changes = diff(before, after);
    ASSERT_EQ(applied(lines(before), lines(after), changes), lines(after)) << before << " -> " << after;
  }
}

// It is done in proportion to the texts, and says at worst that all is replaced. Without its bounds this takes hours.
TEST(LineDiff, HostileTextsCostNoMoreThanTheirSize) {
  std::mt19937 random(7);
  constexpr std::size_t kLines = 100'000;
  std::string noise(2 * kLines, 'a');
  for (auto& c : noise) c = static_cast<char>('a' + random() % 2);
  const std::string_view text(noise);
  for (const auto& [before, after] : {std::pair(text.substr(0, kLines), text.substr(kLines)),
                                      std::pair(text.substr(0, kLines), text.substr(1, kLines))}) {
    const auto changes = diff(before, after);
    EXPECT_EQ(applied(lines(before), lines(after), changes), lines(after));
  }
  // Nested: each line that stands once leaves two stretches, of which one is nearly the whole.
  Lines nested_old, nested_new;
  std::vector<std::string> names(kLines / 4);
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::to_string(i);
  for (std::size_t i = 0; i < names.size(); ++i) {
    nested_old.insert(nested_old.end(), {names[i], names[names.size() - 1 - i], "x"});
    nested_new.insert(nested_new.end(), {names[names.size() - 1 - i], names[i], "y"});
  }
  EXPECT_EQ(applied(nested_old, nested_new, diff_lines(nested_old, nested_new)), nested_new);
}

TEST(SplitLines, KeepsTheEnds) {
  EXPECT_EQ(split_lines(""), Lines{});
  EXPECT_EQ(split_lines("a\nb"), (Lines{"a\n", "b"}));
  EXPECT_EQ(split_lines("a\r\n\n"), (Lines{"a\r\n", "\n"}));
}

}  // namespace
}  // namespace sallyport::action
