// Texts that were written to do harm, or were cut on their way: each refused, with its place, and at a bounded cost.
#include <ctime>

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::json {
namespace {

using namespace std::string_literals;

void expect_refused(const std::string& text, std::string_view why, const Limits& limits = {}) {
  const auto parsed = parse(text, limits);
  ASSERT_FALSE(parsed) << text.substr(0, 80);
  EXPECT_EQ(parsed.error().code(), ErrorCode::bad_input);
  EXPECT_NE(parsed.error().message().find(why), std::string::npos)
      << text.substr(0, 80) << " gave: " << parsed.error().message();
}

std::string repeat(std::string_view part, std::size_t count) {
  std::string text;
  text.reserve(part.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(ParseHostile, RefusesBrokenSyntaxWithItsPlace) {
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "there is no value (at byte 0)"},
      {"  \n", "there is no value (at byte 3)"},
      {"nul", "expected a value"},
      {"True", "expected a value"},
      {"NaN", "expected a value"},
      {"Infinity", "expected a value"},
      {"-Infinity", "expected a value"},
      {"'a'", "expected a value"},
      {"+1", "expected a value"},
      {".5", "expected a value"},
      {"-", "expected a value"},
      {"01", "something follows the value (at byte 1)"},
      {"0x10", "something follows the value"},
      {"1.", "expected a digit after '.'"},
      {"1e", "expected a digit in an exponent"},
      {"1e+", "expected a digit in an exponent"},
      {"[1,]", "expected a value (at byte 3)"},
      {"[,1]", "expected a value"},
      {"[1 2]", "expected ',' or ']'"},
      {"[1}", "expected ',' or ']'"},
      {R"({"a":1,})", "expected a member's name"},
      {R"({a:1})", "expected a member's name"},
      {R"({1:1})", "expected a member's name"},
      {R"({"a" 1})", "expected ':'"},
      {R"({"a":1 "b":2})", "expected ',' or '}'"},
      {"[1] // why", "something follows the value"},
      {"/* why */ 1", "expected a value"},
      {R"("\x41")", "a bad escape or a control character"},
      {R"("\u12G4")", "expected four hex digits"},
      {"\"a\nb\"", "a bad escape or a control character"},
      {"\xEF\xBB\xBF{}", "expected a value (at byte 0)"},
  };
  for (const auto& [text, why] : cases) expect_refused(text, why);
}

TEST(ParseHostile, RefusesEveryTruncation) {
  const std::string whole = R"({"kind":"Review","n":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00"],"o":{"a":{}}})";
  ASSERT_TRUE(parse(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse(std::string_view(whole).substr(0, length))) << length;
}

TEST(ParseHostile, RefusesTrailingBytes) {
  for (const auto& tail : {"{}"s, "x"s, ","s, "]"s, "\0"s, "\0{}"s, " \0"s})
    EXPECT_FALSE(parse(R"({"a":1})" + tail)) << tail;
  expect_refused("{}\0"s, "a NUL byte (at byte 2)");
  EXPECT_FALSE(parse("\0"s));
  EXPECT_FALSE(parse("[1,\0 2]"s));
  EXPECT_FALSE(parse("\"a\0b\""s));
}

TEST(ParseHostile, RefusesDepthWithoutUsingTheStack) {
  EXPECT_TRUE(parse(repeat("[", 128) + repeat("]", 128)));
  expect_refused(repeat("[", 129) + repeat("]", 129), "nested deeper than 128 levels");
  expect_refused(repeat("[", 10'000'000), "nested deeper than 128 levels");
  expect_refused(repeat(R"({"a":)", 3'000'000), "nested deeper than 128 levels");
  expect_refused(repeat("[", 10'000'000), "nested deeper than 1000 levels", {.depth = 1u << 30});
}

TEST(ParseHostile, SurvivesTheDeepestValueItTakes) {
  const auto text = repeat(R"([{"a":)", 499) + "[1]" + repeat("}]", 499);
  const auto parsed = parse(text, {.depth = 1000});
  ASSERT_TRUE(parsed) << parsed.error().message();
  const Value copy = *parsed;
  EXPECT_EQ(copy, *parsed);
  EXPECT_EQ(write_canonical(copy), text);
}

TEST(ParseHostile, RefusesWidth) {
  expect_refused("[" + repeat("0,", 2'000'000) + "0]", "more than 2000000 values");
  expect_refused("\"" + std::string(16u << 20, 'a') + "\"", "16777218 bytes, and 16777216 is the limit");
}

TEST(ParseHostile, RefusesDuplicateKeys) {
  const struct {
    const char* text;
    const char* why;
  } cases[] = {
      {R"({"a":1,"a":1})", R"(the key "a" stands twice in one object (at byte 10))"},
      {R"({"a":1,"b":2,"a":3})", R"(the key "a")"},
      {R"({"a":1,"\u0061":2})", R"(the key "a")"},
      {R"({"\u0061":1,"a":2})", R"(the key "a")"},
      {R"({"é":1,"\u00e9":2})", R"(the key "é")"},
      {R"({"\n":1,"\u000a":2})", R"(the key "\n")"},
      {R"({"":1,"":2})", R"(the key "")"},
      {R"({"x":[{"y":{"a":1,"a":{}}}]})", R"(the key "a")"},
      {R"({"a":{"b":1},"c":[],"a":{"b":1}})", R"(the key "a")"},
      {R"([{"a":1},{"a":1,"a":1}])", R"(the key "a")"},
  };
  for (const auto& [text, why] : cases) expect_refused(text, why);
  const std::string long_key(100, 'k');
  expect_refused("{\"" + long_key + "\":1,\"" + long_key + "\":2}", "the key of 100 bytes stands twice");
  EXPECT_TRUE(parse(R"({"a":{"a":{"a":1}},"A":[{"a":1},{"a":1}]})")) << "one name at several places";
}

std::string object_with_keys(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += "\"key" + std::to_string(i) + "\":0,";
  return text;
}

TEST(ParseHostile, FindsTheDuplicateAmongMany) {
  for (const int count : {15, 16, 17, 1000}) {
    EXPECT_TRUE(parse(object_with_keys(count) + "\"last\":0}")) << count;
    for (const int twice : {0, count / 2, count - 1})
      expect_refused(object_with_keys(count) + "\"key" + std::to_string(twice) + "\":0}",
                     "the key \"key" + std::to_string(twice) + "\"");
  }
}

// The processor's time, which is the same on a machine that does much else. Comparing each key with each would take
// minutes of it; this takes a second or two even in a sanitizer's build.
TEST(ParseHostile, TakesManyKeysInLittleTime) {
  const auto start = std::clock();
  const auto parsed = parse(object_with_keys(100'000) + "\"last\":0}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, Value(*parsed));
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20);
}

TEST(ParseHostile, RefusesWhatIsNotUtf8) {
  const char* cases[] = {
      "\x80",
      "\xBF",
      "\xC3",
      "\xC3(",
      "\xC0\x80",
      "\xC1\xBF",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xE2\x82",
      "\xED\xA0\x80",  // a surrogate
      "\xED\xBF\xBF",
      "\xF0\x80\x80\x80",
      "\xF0\x8F\xBF\xBF",
      "\xF0\x9F\x98",
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xF5\x80\x80\x80",
      "\xFE",
      "\xFF",
  };
  for (const char* bytes : cases) {
    expect_refused("\""s + bytes + "\"", "not UTF-8");
    expect_refused("{\""s + bytes + "\":1}", "not UTF-8");
  }
  EXPECT_TRUE(parse("\"\xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF \xEF\xBF\xBF\"")) << "their neighbours are";
}

TEST(ParseHostile, RefusesLoneSurrogates) {
  for (const char* escapes :
       {R"(\ud800)", R"(\ud800x)", R"(\ud800\n)", R"(\ud800\u0041)", R"(\ud800\ud800)", R"(\udbff\udbff)", R"(\udc00)",
        R"(x\udfffx)", R"(\udc00\ud800)", R"(\ud83d\ude00\ude00)"}) {
    expect_refused("\""s + escapes + "\"", "half a surrogate pair");
    expect_refused("{\""s + escapes + "\":1}", "half a surrogate pair");
  }
}

TEST(ParseHostile, RefusesNumbersItWouldHaveToChange) {
  for (const char* text : {"9223372036854775807000", "18446744073709551616", "-9223372036854775809",
                           "100000000000000000000000000000000000000000000"})
    expect_refused("[1,"s + text + "]", "an integer that does not fit 64 bits (at byte 3)");
  for (const char* text : {"1e309", "-1e309", "1.8e308", "1e99999999999999999999"})
    expect_refused(text, "beyond what a double can hold");
  EXPECT_FALSE(parse(std::string(1'000'000, '9')));
  EXPECT_FALSE(parse("1e-99999999999999999999"));
}

}  // namespace
}  // namespace sallyport::json
