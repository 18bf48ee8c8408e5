#include "cli/ink.hpp"

#include <gtest/gtest.h>

#include "cli/table.hpp"

namespace sallyport::cli {
namespace {

TEST(Ink, ColoursOrNot) {
  EXPECT_EQ(Ink(true)(Colour::red, "no"), "\x1b[31mno\x1b[0m");
  EXPECT_EQ(Ink(true)(Colour::red, ""), "");
  EXPECT_EQ(Ink(false)(Colour::red, "no"), "no");
}

TEST(Safe, NothingSteersATerminal) {
  EXPECT_EQ(safe("a\x1b[2J\n\tb\x7f"), "a\\u001b[2J\\u000a\\u0009b\\u007f");
  EXPECT_EQ(safe("\u202eevil\u2069\u200b"), "\\u202eevil\\u2069\\u200b");
  EXPECT_EQ(safe("gr\u00fc\u00df \u4e2d"), "gr\u00fc\u00df \u4e2d");
}

TEST(Wrapped, BreaksAtBlanksOrElseAnywhere) {
  EXPECT_EQ(wrapped("one two three four five six", 20, 2), "one two three four\n  five six");
  EXPECT_EQ(wrapped(std::string(45, 'x'), 20, 1),
            std::string(20, 'x') + "\n " + std::string(20, 'x') + "\n " + std::string(5, 'x'));
  EXPECT_EQ(wrapped("short", 1, 0), "short");
  // Characters, not bytes.
  std::string umlauts;
  for (int i = 0; i < 20; ++i) umlauts += "\u00fc";
  EXPECT_EQ(wrapped(umlauts, 20, 0), umlauts);
}

TEST(CutTo, EndsBetweenCharacters) {
  EXPECT_EQ(cut_in_the_middle("\u00fc23456789\u00fc", 8), "\u00fc2...89\u00fc");
  EXPECT_EQ(cut_in_the_middle("12345678", 8), "12345678");
  EXPECT_EQ(cut_in_the_middle("12345678", 2), "...");
  EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to("abcdefg", 6), "abc...");
  EXPECT_EQ(cut_to("\u00fc\u00fc\u00fc\u00fc\u00fc", 4), "\u00fc...");
}

TEST(Table, OneColumnGivesWay) {
  Table table({"NAME", "WHAT", "WHEN"}, 1);
  table.add({{"a"}, {std::string(20, 'x') + std::string(20, 'z')}, {"now"}});
  table.add({{"longer"}, {"y"}, {""}});
  EXPECT_EQ(table.text({.width = 40}),
            "NAME     WHAT                       WHEN\n"
            "a        xxxxxxxxxx...zzzzzzzzzzz   now\n"
            "longer   y\n");
  EXPECT_EQ(table.row_text({{"b"}, {"z", Colour::red}, {"later"}}, {.ink = Ink(true)}),
            "b        \x1b[31mz\x1b[0m                          later\n");
}

}  // namespace
}  // namespace sallyport::cli
