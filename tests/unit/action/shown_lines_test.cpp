#include "action/shown_lines.hpp"

#include <gtest/gtest.h>

#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using model::ShownChange;
using testing::describe;
using testing::kConfigMaps;
using testing::update;

constexpr std::size_t kLimit = 64u << 10;

std::string shown(std::optional<std::string_view> before, std::optional<std::string_view> after) {
  return show_lines(before, after, kLimit).lines;
}

std::string numbered(std::size_t count, std::size_t other = 0, std::string_view end = "\n") {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i)
    text += (i == other ? "port: 8443" : "line " + std::to_string(i)) + std::string(end);
  return text;
}

TEST(ShownLines, OneOfTwoThousandWithWhatStandsAroundIt) {
  const auto lines = show_lines(numbered(2000), numbered(2000, 1234), kLimit);
  EXPECT_EQ(lines.from, "2000 lines");
  EXPECT_EQ(lines.lines,
            "@@ -1231,7 +1231,7 @@\n line 1231\n line 1232\n line 1233\n-line 1234\n+port: 8443\n line 1235\n"
            " line 1236\n line 1237\n");
  EXPECT_FALSE(lines.cut);
}

TEST(ShownLines, ACarriageReturnThatIsPartOfNoLineEndIsNamed) {
  constexpr auto kNamed = "\\ \\u000d within a line, or at the end of the text: a carriage return\n";
  EXPECT_EQ(shown("a\nb\n", "a\nb\rc\n"), std::string("@@ -1,2 +1,2 @@\n a\n-b\n+b\\u000dc\n") + kNamed);
  // All line ends become LF, and the last line gets a carriage return that ends nothing.
  EXPECT_EQ(shown("a\r\nb", "a\nb\r"),
            std::string("\\ all line ends: CRLF -> LF\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of text\n"
                        "+b\\u000d\n\\ No newline at end of text\n") +
                kNamed);
}

TEST(ShownLines, WhatLiesCloseStandsTogether) {
  EXPECT_EQ(shown("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n"), "@@ -1,5 +1,5 @@\n-a\n+A\n b\n c\n d\n-e\n+E\n");
  EXPECT_EQ(shown(numbered(20), "x\n" + numbered(20) + "y\n"),
            "@@ -1,3 +1,4 @@\n+x\n line 1\n line 2\n line 3\n@@ -18,3 +19,4 @@\n line 18\n line 19\n line 20\n+y\n");
}

TEST(ShownLines, ATextThatComesOrGoesIsAllOfIt) {
  EXPECT_EQ(shown(std::nullopt, "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(shown("a\nb\n", std::nullopt), "@@ -1,2 +0,0 @@\n-a\n-b\n");
  EXPECT_EQ(show_lines(std::nullopt, "a\nb\n", kLimit).from, "");
  EXPECT_EQ(show_lines("", "a\nb\n", kLimit).from, "0 lines");
}

TEST(ShownLines, AMissingLastNewlineIsNamed) {
  EXPECT_EQ(shown("a\nb\n", "a\nb"), "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of text\n");
  EXPECT_EQ(shown("b", "b\n"), "@@ -1 +1 @@\n-b\n\\ No newline at end of text\n+b\n");
}

TEST(ShownLines, LineEndsThatAllChangeAreOneFact) {
  EXPECT_EQ(shown(numbered(500), numbered(500, 0, "\r\n")), "\\ all line ends: LF -> CRLF\n");
  EXPECT_EQ(shown("a\r\nb\r\nc\r\n", "a\nX\nc\n"), "\\ all line ends: CRLF -> LF\n@@ -1,3 +1,3 @@\n a\n-b\n+X\n c\n");
}

TEST(ShownLines, ALineEndOfItsOwnIsShownAndNamed) {
  EXPECT_EQ(shown("a\nb\n", "a\r\nb\n"),
            "@@ -1,2 +1,2 @@\n-a\n+a\\u000d\n b\n\\ \\u000d at the end of a line: its line end is CRLF\n");
}

TEST(ShownLines, TrailingBlanksAreShownAndNamed) {
  EXPECT_EQ(shown("a\nb\n", "a  \nb\n"),
            "@@ -1,2 +1,2 @@\n-a\n+a\\u0020\\u0020\n b\n\\ \\u0020 at the end of a line: a blank\n");
}

TEST(ShownLines, TabsAndLookAlikesAreSeen) {
  EXPECT_EQ(shown("a b\nc\n", "a\tb\nc\n"), "@@ -1,2 +1,2 @@\n-a b\n+a\\u0009b\n c\n");
  EXPECT_EQ(shown("copy\nx\n", "\u0441\u043e\u0440\u0443\nx\n"),
            "@@ -1,2 +1,2 @@\n-copy\n+\\u0441\\u043e\\u0440\\u0443\n x\n");
  EXPECT_EQ(shown("\u043f\u0440\n", "\u043f\u0440\u0438\n"), "@@ -1 +1 @@\n-\u043f\u0440\n+\u043f\u0440\u0438\n")
      << "letters that cannot be taken for each other stay letters";
}

TEST(ShownLines, NoLineCanPassForPartOfTheForm) {
  EXPECT_EQ(shown("a\n", "@@ -1 +1 @@\n-b\n\\ all line ends: LF -> CRLF\n"),
            "@@ -1 +1,3 @@\n-a\n+@@ -1 +1 @@\n+-b\n+\\ all line ends: LF -> CRLF\n");
  EXPECT_EQ(shown("a\n\nb\n", "a\n\nc\n"), "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n") << "an empty line stays empty";
}

TEST(ShownLines, AreCutAtALine) {
  const auto lines = show_lines(std::nullopt, numbered(500), 200);
  EXPECT_TRUE(lines.cut);
  EXPECT_LE(lines.lines.size(), 200u);
  EXPECT_TRUE(lines.lines.ends_with("\n\\ the rest is cut\n"));
  EXPECT_TRUE(lines.lines.starts_with("@@ -0,0 +1,500 @@\n+line 1\n"));
}

// --- in a change

ShownChange only_change(std::string_view before, std::string_view after) {
  const auto record = describe(update(kConfigMaps, before, after)).record;
  EXPECT_EQ(record.changes.size(), 1u);
  return record.changes.empty() ? ShownChange{} : record.changes.front();
}

TEST(ShownLines, StandWhereAValueDoes) {
  const auto change = only_change(R"({"data":{"app.conf":"a\nb\nc\n"}})", R"({"data":{"app.conf":"a\nB\nc\n"}})");
  EXPECT_EQ(change.path, "data['app.conf']");
  EXPECT_EQ(change.from, "3 lines");
  EXPECT_EQ(change.to, "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
  ASSERT_NE(line_differences(change), nullptr);
  EXPECT_EQ(line_words(*line_differences(change)), "line 2: b -> B");

  const auto removed = only_change(R"({"data":{"a":"x\ny\n","b":""}})", R"({"data":{"b":""}})");
  EXPECT_EQ(removed.from, "@@ -1,2 +0,0 @@\n-x\n-y\n");
  EXPECT_EQ(removed.to, std::nullopt);
}

// What an object holds never is one.
TEST(ShownLines, NoValueOfAnObjectPassesForThem) {
  for (const auto* value : {R"("@@ -1,3 +1,3 @@ -a +b")", R"(["@@ -1 +1 @@\n-a\n+b\n"])", R"({"x":"a\nb"})", "7"}) {
    const auto change = only_change(R"({"a":"2 lines"})", R"({"a":)" + std::string(value) + "}");
    EXPECT_EQ(line_differences(change), nullptr) << value;
  }
  // A text that looks like one is shown as lines itself.
  const auto change = only_change(R"({"a":""})", R"({"a":"@@ -1 +1 @@\n-a\n+b\n"})");
  EXPECT_EQ(change.to, "@@ -0,0 +1,3 @@\n+@@ -1 +1 @@\n+-a\n++b\n");
}

TEST(ShownLines, InAFewWords) {
  EXPECT_EQ(line_words(shown("a\nb\nc\n", "a\nX\nY\nc\n")), "-1 +2 lines");
  EXPECT_EQ(line_words(shown(std::nullopt, "a\nb\n")), "+2 lines");
  EXPECT_EQ(line_words(shown(numbered(30), numbered(30, 20))), "line 20: line 20 -> port: 8443");
  EXPECT_EQ(line_words(shown("a\nb\n", "a\r\nb\r\n")), "all line ends: LF -> CRLF");
  // As it may stand in a request that somebody else has written.
  EXPECT_EQ(line_words("\n"), "");
  EXPECT_EQ(line_words("x\n"), "x");
}

TEST(ShownLines, ASummaryHasThem) {
  EXPECT_EQ(describe(update(kConfigMaps, R"({"metadata":{"name":"web"},"data":{"app.conf":"a\nb\n"}})",
                            R"({"metadata":{"name":"web"},"data":{"app.conf":"a\nc\n"}})"))
                .record.summary,
            "UPDATE configmaps/web: app.conf line 2: b -> c");
}

}  // namespace
}  // namespace sallyport::action
