#include "json/check.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sallyport::json {
namespace {

using namespace std::string_literals;

std::string nested(std::size_t depth) {
  return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

// Told apart by their length, first and last byte alone, these are all the same.
std::string alike(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i == 0 ? "{\"k" : ",\"k") + std::to_string(1000 + i) + "k\":1";
  return text + "}";
}

TEST(CheckObject, TakesOneObject) {
  for (const std::string& text : std::vector<std::string>{
           "{}", R"({"":1})", R"( {"a" : [1, {"b":null}] , "b":"\u65e5"} )", R"({"a":{"x":1,"x":2}})",
           "{\"\xe6\x97\xa5\":1,\"a\":2}", R"({"\u0061":1,"b":2,"\u0063":3})", alike(64), nested(10)}) {
    EXPECT_TRUE(check_object(text, 10)) << text;
  }
}

TEST(CheckObject, RefusesAllElse) {
  for (const std::string& text : std::vector<std::string>{
           "", "null", "1", "\"a\"", "[]", "{", "{}{}", "{} x", "{}\0"s, "{\"a\":\"\0\"}"s, R"({"a":1,})",
           R"({"a":01})", R"({"a":1e999})", R"({"a":"\ude00"})", R"({"a":"\ud800"})", "{\"a\":\"\xff\"}",
           "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\n\"}", nested(11)}) {
    const auto checked = check_object(text, 10);
    ASSERT_FALSE(checked) << text;
    EXPECT_TRUE(checked.error().message().starts_with("not acceptable as JSON: ")) << checked.error().message();
  }
}

TEST(CheckObject, RefusesAKeyThatStandsTwiceEvenIfItIsEscaped) {
  for (const char* text : {R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"({"\u0061":1,"\u0062":2,"a":3})",
                           R"({"\u0061":1,"\u0061":2})", R"({"":1,"":2})"}) {
    EXPECT_FALSE(check_object(text, 10)) << text;
  }
  auto twice = alike(40);
  twice.replace(twice.rfind("k1039k"), 6, "k1000k");
  EXPECT_FALSE(check_object(twice, 10));
}

TEST(CheckObject, RefusesMoreKeysThanItCompares) {
  EXPECT_FALSE(check_object(alike(65), 10));
}

}  // namespace
}  // namespace sallyport::json
