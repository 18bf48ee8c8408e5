#include "json/outside.hpp"

#include <string>

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::json {
namespace {

std::string why(std::string_view text, const OutsideLimits& limits = {}) {
  const auto value = parse_outside(text, limits);
  return value ? "taken" : value.error().message();
}

TEST(Outside, GivesTheValuesOfTheOtherParser) {
  for (const char* text :
       {R"({"a":[1,-2,3.5,1e3,true,false,null,"b\u00e9\ud83d\ude00",{}],"":{"c":[]}})", "[]", "{}", "\"x\"", "0", "-0",
        "-0.0", "18446744073709551615", "-9223372036854775808", "1.0", " [ 1 , 2 ] "}) {
    const auto value = parse_outside(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(*value, parse(text).value()) << text;
    EXPECT_EQ(write(*value), write(parse(text).value())) << text;
  }
}

// The other parser refuses such an exponent whatever stands before it.
TEST(Outside, TakesAZeroWithAnyExponent) {
  for (const char* text : {"0e+424888888888", "0.0e999", "-0e400", "0e-999"})
    EXPECT_EQ(parse_outside(text).value(), Value(0)) << text;
}

TEST(Outside, RefusesAKeyThatStandsTwice) {
  EXPECT_NE(why(R"({"iss":"a","iss":"b"})").find("twice"), std::string::npos);
  EXPECT_NE(why(R"({"x":[{"a":1,"\u0061":2}]})").find("twice"), std::string::npos);
  EXPECT_EQ(why(R"([{"a":1},{"a":2},{"b":{"a":3},"a":4}])"), "taken");
}

TEST(Outside, RefusesWhatIsNoJson) {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "[1,]",
                                "{\"a\":1,}",
                                "{a:1}",
                                "'a'",
                                "nul",
                                "NaN",
                                "Infinity",
                                "01",
                                "1.",
                                "+1",
                                "[1]x",
                                "[1][2]",
                                "// a\n1",
                                "/* */1",
                                "\"\t\"",
                                "\"\\x\"",
                                "\"\\ud800\"",
                                "\"\\udc00\"",
                                "\"\xff\"",
                                "\"\xed\xa0\x80\"",
                                "\"\xc0\xaf\"",
                                "\xEF\xBB\xBF{}",
                                "1e999",
                                "1e-999",
                                "18446744073709551616",
                                "-9223372036854775809"}) {
    EXPECT_FALSE(parse_outside(text)) << text;
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(Outside, ReadsNothingBehindANulByte) {
  EXPECT_NE(why(std::string_view("{}\0{}", 5)).find("NUL"), std::string::npos);
  EXPECT_NE(why(std::string_view("{}\0", 3)).find("NUL"), std::string::npos);
}

TEST(Outside, HoldsItsLimits) {
  EXPECT_EQ(why("[[[]]]", {.depth = 3}), "taken");
  EXPECT_NE(why("[[[]]]", {.depth = 2}).find("deeper than 2"), std::string::npos);
  EXPECT_EQ(why("[1,2,3]", {.values = 4}), "taken");
  EXPECT_NE(why("[1,2,3]", {.values = 3}).find("more than 3"), std::string::npos);
  EXPECT_EQ(why("[1,2,3]", {.bytes = 7}), "taken");
  EXPECT_NE(why("[1,2,3]", {.bytes = 6}).find("6 is the limit"), std::string::npos);
  EXPECT_NE(why(std::string(100'000, '['), {.depth = 1'000'000}).find("deeper than 1000"), std::string::npos);
}

TEST(Outside, QuotesNothingOfTheTextInItsErrors) {
  for (const char* text : {"{\"hunter2\":1,\"hunter2\":2}", "{\"a\":hunter2}", "[\"hunter2\" \"b\"]", "\"hunter2"}) {
    const auto value = parse_outside(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().message().find("hunter"), std::string::npos) << value.error().message();
  }
}

}  // namespace
}  // namespace sallyport::json
