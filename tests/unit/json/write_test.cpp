#include <limits>

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::json {
namespace {

TEST(Write, IsCompactAndEscapesOnlyWhatItMust) {
  const struct {
    Value value;
    const char* text;
  } cases[] = {
      {nullptr, "null"},
      {true, "true"},
      {-7, "-7"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"},
      {std::numeric_limits<std::uint64_t>::max(), "18446744073709551615"},
      {0.1, "0.1"},
      {5.0, "5"},
      {"é/😀", R"("é/😀")"},
      {"\"\\\b\f\n\r\t\x01\x1f", R"("\"\\\b\f\n\r\t\u0001\u001F")"},
      {std::string("\0", 1), R"("\u0000")"},
      {Value::array().push(Value::object()).push(Value::array()), "[{},[]]"},
      {Value::object().set("b", 1).set("a", nullptr), R"({"b":1,"a":null})"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(write(value), text);
}

TEST(Write, ParsesBackToTheSameValue) {
  const double numbers[] = {0.1,
                            1.0 / 3,
                            1e17,
                            -1e17,
                            1e21,
                            1e22,
                            123456789012345680.0,
                            1e300,
                            5e-324,
                            2.2e-308,
                            1.7976931348623157e308,
                            0.000001,
                            1e-7,
                            -9007199254740994.0};
  Value all = Value::array();
  for (const double number : numbers) all.push(number);
  all.push(std::numeric_limits<std::int64_t>::min()).push(std::numeric_limits<std::uint64_t>::max());
  std::string every_byte_below_128;
  for (int c = 0; c < 128; ++c) every_byte_below_128 += static_cast<char>(c);
  all.push(Value::object().set(every_byte_below_128, every_byte_below_128));
  for (const auto& text : {write(all), write_canonical(all), write_pretty(all)}) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << parsed.error().message() << " in " << text;
    EXPECT_EQ(*parsed, all) << text;
  }
}

TEST(WriteCanonical, GivesEqualValuesEqualBytes) {
  const char* same[] = {
      R"({"b":[1,{"z":1,"y":-0.0}],"a":"\u00e9","A":1e2,"":null,"é":1})",
      R"({"é":1,"A":100,"":null,"a":"é","b":[1,{"y":0,"z":1}]})",
      R"({"\u00e9":1.0,"a":"é","b":[1.0,{"y":-0,"z":10e-1}],"":null,"A":100.0})",
  };
  for (const char* text : same)
    EXPECT_EQ(write_canonical(parse(text).value()), R"({"":null,"A":100,"a":"é","b":[1,{"y":0,"z":1}],"é":1})");
}

TEST(WriteCanonical, GivesOtherValuesOtherBytes) {
  const char* others[] = {
      "[1,2]", "[2,1]", "[12]",  R"(["1",2])", R"({"a":1})", R"({"a":"1"})",      R"({"a":null})",   "{}", "[]", "null",
      "0",     "false", R"("")", R"([[1],2])", R"([1,[2]])", R"({"a":{},"b":1})", R"({"a":{"b":1}})"};
  for (const char* a : others)
    for (const char* b : others)
      EXPECT_EQ(write_canonical(parse(a).value()) == write_canonical(parse(b).value()), a == b) << a << " and " << b;
}

TEST(WritePretty, IndentsByTwo) {
  const auto value = parse(R"({"b":[1,{"c":[]}],"a":{}})");
  EXPECT_EQ(write_pretty(value.value()), R"({
  "b": [
    1,
    {
      "c": []
    }
  ],
  "a": {}
})");
}

}  // namespace
}  // namespace sallyport::json
