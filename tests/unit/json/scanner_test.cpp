#include "json/scanner.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "unit/test_files.hpp"

namespace sallyport::json {
namespace {

using namespace std::string_literals;

bool is_well_formed(std::string_view text) {
  Scanner scanner(text);
  scanner.skip_value();
  scanner.finish();
  return !scanner.failed();
}

// An AdmissionReview as an API server sent it.
std::string review_named(const std::string& name) {
  std::ifstream file(test_file("data/reviews") / (name + ".json"), std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Scanner, TakesWhatIsJson) {
  for (const std::string& text : std::vector<std::string>{"null",
                                                          "true",
                                                          "false",
                                                          "0",
                                                          "-0",
                                                          "12",
                                                          "-1.5e+10",
                                                          "1E2",
                                                          "1e-2",
                                                          "\"\"",
                                                          "[]",
                                                          "{}",
                                                          " [ 1 , 2 ] ",
                                                          "{\"a\":{\"b\":[{}, [], \"c\"]},\"d\":null}",
                                                          R"("\"\\\/\b\f\n\r\té")",
                                                          R"("\ud83d\ude00")",
                                                          "\"h\xc3\xa9llo \xe6\x97\xa5 \xf0\x9f\x98\x80 and more\"",
                                                          "\t{\r\n\"a\" : 1 }\n",
                                                          nested(128),
                                                          "\"0123456\\\"78901234567\\\\\"",
                                                          "\"\x7f\""}) {
    EXPECT_TRUE(is_well_formed(text)) << text;
  }
}

TEST(Scanner, RefusesWhatIsNotJson) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          " ",
                                                          "nul",
                                                          "nulls",
                                                          "True",
                                                          "01",
                                                          "-",
                                                          "+1",
                                                          ".5",
                                                          "1.",
                                                          "1e",
                                                          "1e+",
                                                          "0x1",
                                                          "NaN",
                                                          "\"",
                                                          "\"abc",
                                                          "'a'",
                                                          "[",
                                                          "]",
                                                          "[1",
                                                          "[1,",
                                                          "[1,]",
                                                          "[,1]",
                                                          "[1 2]",
                                                          "[1}",
                                                          "{",
                                                          "}",
                                                          "{\"a\"}",
                                                          "{\"a\":}",
                                                          "{\"a\":1,}",
                                                          "{,}",
                                                          "{a:1}",
                                                          "{1:1}",
                                                          "{\"a\" 1}",
                                                          "{\"a\":1 \"b\":2}",
                                                          "{\"a\":1]",
                                                          "1 2",
                                                          "{} {}",
                                                          "[] x",
                                                          nested(129),
                                                          "\"\\x\"",
                                                          "\"\\u12\"",
                                                          "\"\\u12g4\"",
                                                          "\"\\",
                                                          "\"\\u",
                                                          R"("\ud83d")",
                                                          R"("\ud83dA")",
                                                          R"("\ude00")",
                                                          R"("\ud83d\ud83d")",
                                                          "\"a\nb\"",
                                                          "\"a\x01\"",
                                                          "\"a\0b\""s,
                                                          "\"1234567\x1f\"",
                                                          "\"\x80\"",
                                                          "\"\xc3\"",
                                                          "\"\xc0\xaf\"",
                                                          "\"\xe0\x80\xaf\"",
                                                          "\"\xed\xa0\x80\"",
                                                          "\"\xf4\x90\x80\x80\"",
                                                          "\"\xff\"",
                                                          "\"\xf0\x9f\x98",
                                                          "\0"s,
                                                          "1\0"s,
                                                          "[1\0]"s}) {
    EXPECT_FALSE(is_well_formed(text)) << text;
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(Scanner, RefusesEveryTruncationOfARealReview) {
  std::string whole = review_named("deployment_annotate");
  whole.pop_back();  // the line's end that the API server writes
  EXPECT_TRUE(is_well_formed(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(is_well_formed(std::string_view(whole).substr(0, length))) << length;
  }
}

TEST(Scanner, TakesAllThatTheParserTakesOfDamagedBytes) {
  const std::string whole = review_named("pod_exec");
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    for (const char damage : {'"', '\\', '{', ']', ',', ':', '0', 'x', '\x01', '\x80', ' '}) {
      std::string text = whole;
      text[i] = damage;
      EXPECT_TRUE(is_well_formed(text) || !parse(text)) << text;
    }
  }
}

TEST(Scanner, GivesTextsWithTheirEscapesUndone) {
  Scanner scanner(R"(["plain", "a\"b\\c\/d\b\f\n\r\t", "é\u65e5\ud83d\ude00", ""])");
  const std::string expected[] = {"plain", "a\"b\\c/d\b\f\n\r\t", "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80", ""};
  scanner.enter_array();
  for (const std::string& text : expected) {
    ASSERT_TRUE(scanner.next_item());
    EXPECT_EQ(scanner.read_text(), text);
  }
  EXPECT_FALSE(scanner.next_item());
  scanner.finish();
  EXPECT_FALSE(scanner.failed()) << scanner.error();
}

// It looks at many bytes at once: what is not plain is seen wherever it stands among them.
TEST(Scanner, SeesWhatEndsATextAtEveryPlace) {
  struct Case {
    std::string_view bytes;
    bool is_taken;
  };
  const std::string more = R"(,{"key":")" + std::string(200, 'y') + "\"}]";
  for (const auto& [bytes, is_taken] :
       {Case{"", true}, Case{"\\\"", true}, Case{"\\\\", true}, Case{"\xc3\xa9", true}, Case{"\x7f", true},
        Case{"\n", false}, Case{"\xff", false}, Case{"\\x", false}, Case{"\"", false}}) {
    for (std::size_t before = 0; before < 140; ++before) {
      for (const std::size_t after : {0u, 1u, 62u, 70u}) {
        const std::string text = "[\"" + std::string(before, 'x') + std::string(bytes) + std::string(after, 'z') + "\"";
        EXPECT_EQ(is_well_formed(text + more), is_taken) << before << " " << after << " " << text;
        EXPECT_EQ(is_well_formed(text + "]"), is_taken) << before << " " << after << " " << text;
      }
    }
  }
}

TEST(Scanner, SaysWhatComesNextAndTakesAWord) {
  Scanner scanner(R"( [ false, null, "", {}, falsehood] )");
  EXPECT_FALSE(scanner.at_object());
  ASSERT_TRUE(scanner.at_array());
  scanner.enter_array();
  ASSERT_TRUE(scanner.next_item());
  EXPECT_FALSE(scanner.take_null());
  EXPECT_TRUE(scanner.take_false());
  ASSERT_TRUE(scanner.next_item());
  EXPECT_FALSE(scanner.take_false());
  EXPECT_TRUE(scanner.take_null());
  ASSERT_TRUE(scanner.next_item());
  ASSERT_TRUE(scanner.at_text());
  EXPECT_EQ(scanner.read_text(), "");
  ASSERT_TRUE(scanner.next_item());
  ASSERT_TRUE(scanner.at_object());
  scanner.skip_value();
  ASSERT_TRUE(scanner.next_item());
  EXPECT_TRUE(scanner.take_false());
  EXPECT_FALSE(scanner.next_item());  // "hood" is no comma
  EXPECT_TRUE(scanner.failed());
}

TEST(Scanner, SaysWhatIsWrongAndWhere) {
  Scanner scanner(R"({"a":1})");
  scanner.enter_object();
  ASSERT_EQ(scanner.next_key(), "a");
  EXPECT_EQ(scanner.read_text(), "");
  EXPECT_EQ(scanner.error(), "no well-formed text at byte 5");
  EXPECT_FALSE(scanner.next_key());
  EXPECT_EQ(scanner.error(), "no well-formed text at byte 5");
}

}  // namespace
}  // namespace sallyport::json
