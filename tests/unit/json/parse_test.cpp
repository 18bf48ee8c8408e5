#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::json {
namespace {

TEST(Parse, ReadsEveryKindOfValue) {
  const struct {
    const char* text;
    Value value;
  } cases[] = {
      {"null", nullptr},
      {" true ", true},
      {"\tfalse\r\n", false},
      {"0", 0},
      {"-12", -12},
      {R"("")", ""},
      {R"("tab\tquote\"slash\/\\ \b\f\n\r")", "tab\tquote\"slash/\\ \b\f\n\r"},
      {R"("\u00e9 \uD83D\uDE00 é 😀")", "é 😀 é 😀"},
      {"[]", Value::array()},
      {"{}", Value::object()},
      {R"([1, [2], {"a": []}])",
       Value::array().push(1).push(Value::array().push(2)).push(Value::object().set("a", Value::array()))},
      {R"({"a": {"b": null}, "": 1})", Value::object().set("a", Value::object().set("b", nullptr)).set("", 1)},
  };
  for (const auto& [text, value] : cases) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
    EXPECT_EQ(*parsed, value) << text;
  }
}

TEST(Parse, KeepsMembersInTheirOrder) {
  const auto parsed = parse(R"({"b":1,"a":2,"B":3,"A":{"d":1,"c":2}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(write(*parsed), R"({"b":1,"a":2,"B":3,"A":{"d":1,"c":2}})");
}

TEST(Parse, KeepsNulInStringsAndKeys) {
  const auto parsed = parse(R"({"a\u0000b":"\u0000","a":1})");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->members().size(), 2u);
  EXPECT_EQ(parsed->members()[0].key, std::string("a\0b", 3));
  EXPECT_EQ(parsed->members()[0].value.text(), std::string_view("\0", 1));
  EXPECT_EQ((*parsed)["a"], Value(1));
}

TEST(Parse, KeepsIntegersExact) {
  const struct {
    const char* text;
    std::optional<std::int64_t> integer;
    std::optional<std::uint64_t> unsigned_integer;
  } cases[] = {
      {"2147483647", 2147483647, 2147483647},
      {"4294967296", 4294967296, 4294967296},
      {"9007199254740993", 9007199254740993, 9007199254740993},  // 2^53 + 1: no double is
      {"-9007199254740993", -9007199254740993, std::nullopt},
      {"9223372036854775807", 9223372036854775807, 9223372036854775807},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min(), std::nullopt},
      {"9223372036854775808", std::nullopt, 9223372036854775808u},
      {"18446744073709551615", std::nullopt, 18446744073709551615u},
      {"-0", 0, 0},
      {"-0.0", 0, 0},
      {"0e7", 0, 0},
      {"1.0", 1, 1},
      {"2.50e1", 25, 25},
  };
  for (const auto& [text, integer, unsigned_integer] : cases) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_TRUE(parsed->is_integer()) << text;
    EXPECT_EQ(parsed->integer(), integer) << text;
    EXPECT_EQ(parsed->unsigned_integer(), unsigned_integer) << text;
  }
}

TEST(Parse, RoundsFractionsToTheNearestDouble) {
  const struct {
    const char* text;
    double number;
  } cases[] = {
      {"0.1", 0.1},
      {"-2.5E-3", -0.0025},
      {"1.7976931348623157e308", 1.7976931348623157e308},
      {"2.2250738585072011e-308", 2.2250738585072011e-308},
      {"5e-324", 5e-324},
      {"1e17", 1e17},
      // Halfway between two doubles, which goes to the even one; and the least bit below.
      {"0.500000000000000166533453693773481063544750213623046875", 0.5000000000000002220446049250313},
      {"0.500000000000000166533453693773481063544750213623046874", 0.50000000000000011102230246251565},
      {"9007199254740993.0", 9007199254740992.0},
  };
  for (const auto& [text, number] : cases) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
    EXPECT_EQ(parsed->number(), number) << text;
  }
}

TEST(Parse, CountsAgainstItsLimits) {
  const Limits limits{.bytes = 20, .depth = 3, .values = 6};
  EXPECT_TRUE(parse("[[[]]]", limits));
  EXPECT_FALSE(parse("[[[[]]]]", limits));
  EXPECT_FALSE(parse(R"({"a":{"b":{"c":{}}}})", limits));
  EXPECT_TRUE(parse("[[],[],[],[],[]]", limits)) << "depth is how many are open at once";
  EXPECT_TRUE(parse("[1,2,3,4,5]", limits)) << "the list and five";
  EXPECT_FALSE(parse("[1,2,3,4,5,6]", limits));
  EXPECT_TRUE(parse("                  12", limits));
  EXPECT_FALSE(parse("                   12", limits));
}

TEST(Parse, LeavesAnUnreadMembersBulkOut) {
  Limits limits{.unread = "bulk"};
  const struct {
    const char* text;
    const char* read;
  } cases[] = {
      {R"({"bulk":{"a":[1,{"bulk":2}],"a":"\ud83d\ude00"},"b":[{"bulk":1.5,"c":2}]})",
       R"({"bulk":null,"b":[{"bulk":null,"c":2}]})"},
      {R"([{"bulk":[]},{"bulk":"text"},{"bulk":true},{"bulk":null}])",
       R"([{"bulk":null},{"bulk":null},{"bulk":null},{"bulk":null}])"},
      {R"({"a":"bulk","bulky":[1]})", R"({"a":"bulk","bulky":[1]})"},
  };
  for (const auto& [text, read] : cases) {
    const auto parsed = parse(text, limits);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
    EXPECT_EQ(write(*parsed), read);
  }
  EXPECT_FALSE(parse(R"({"bulk":[1,],"b":2})", limits));
  EXPECT_FALSE(parse(R"({"bulk":[],"bulk":2})", limits));
  limits.values = 4;
  EXPECT_TRUE(parse(R"({"bulk":[1,2]})", limits));
  EXPECT_FALSE(parse(R"({"bulk":[1,2,3]})", limits)) << "they count, read or not";
  limits.depth = 2;
  EXPECT_FALSE(parse(R"({"bulk":[[]]})", limits));
}

}  // namespace
}  // namespace sallyport::json
