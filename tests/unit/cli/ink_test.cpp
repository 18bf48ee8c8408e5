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
  EXPECT_EQ(wrapped("one two three four   five six", 20, 2), "one two three four\n  five six");
  EXPECT_EQ(wrapped(std::string(30, ' '), 20, 2), "\n  ");
  // Characters, not bytes.
  std::string umlauts;
  for (int i = 0; i < 20; ++i) umlauts += "\u00fc";
  EXPECT_EQ(wrapped(umlauts, 20, 0), umlauts);
}

TEST(CutTo, EndsBetweenCharacters) {
  EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to("abcdefg", 6), "abc...");
  EXPECT_EQ(cut_to("\u00fc\u00fc\u00fc\u00fc\u00fc", 4), "\u00fc...");
}

Table letters() {
  Table table({"WHAT", "ASKED", "NAME"}, 0, {1});
  table.add({{"y"}, {"now"}, {"a"}});
  table.add({{std::string(30, 'x') + " " + std::string(30, 'z')}, {"later"}, {"longer", Colour::red}});
  return table;
}

TEST(Table, OneColumnGoesOnInTheNextLineOnceTheSpareOneIsLeftOut) {
  EXPECT_EQ(letters().text({.width = 50}),
            "WHAT                                        NAME\n"
            "y                                           a\n"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx              longer\n"
            "  zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n");
  EXPECT_EQ(letters().text({.width = 80}),
            "WHAT                                                            ASKED   NAME\n"
            "y                                                               now     a\n"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz   later   longer\n");
}

TEST(Table, WithoutAWidthNothingIsLeftOut) {
  EXPECT_EQ(letters().text({.ink = Ink(true)}),
            "\x1b[1mWHAT\x1b[0m                                                            \x1b[1mASKED\x1b[0m   "
            "\x1b[1mNAME\x1b[0m\n"
            "y                                                               now     a\n"
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz   later   \x1b[31mlonger\x1b[0m\n");
}

}  // namespace
}  // namespace sallyport::cli
