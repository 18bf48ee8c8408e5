#include "cli/plain_data.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "json/json.hpp"

namespace sallyport::cli {
namespace {

using json::Value;

const char* const kHostile = "a\x1b[2J\n\"\\U0001f600\\u0041 \u202e\U000E0041\U0001F600 \u00fc";

TEST(PlainData, JsonIsExactAndSafe) {
  const Value value = Value::object().set(kHostile, Value::array().push(kHostile).push(-7));
  const std::string text = to_json(value);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  EXPECT_EQ(text.find("\U000E0041"), std::string::npos);
  EXPECT_NE(text.find("\\udb40\\udc41"), std::string::npos);
  EXPECT_NE(text.find("\U0001F600 \u00fc"), std::string::npos);
  const auto read = json::parse(text);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, value);
}

TEST(PlainData, YamlIsExactAndSafe) {
  const std::string text = to_yaml(Value::object().set("reason", kHostile).set(kHostile, "x"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  const YAML::Node read = YAML::Load(text);
  EXPECT_EQ(read["reason"].Scalar(), kHostile);
  EXPECT_EQ(read[kHostile].Scalar(), "x");
}

TEST(PlainData, YamlLooksAsPeopleWriteIt) {
  const auto value = json::parse(R"({"kind":"List","empty":{},"none":[],"count":1,"t":true,"nothing":null,"text":"true",
    "time":"2026-11-21T12:00:00Z","image":"r.example/api:2","colon":"a:","words":"two words","blank":"",
    "path":"spec.containers[0].image","items":[{"a":1,"b":["x",{"c":"d"}]},[1,[2]],"s",{}]})");
  ASSERT_TRUE(value);
  EXPECT_EQ(to_yaml(*value),
            "kind: List\n"
            "empty: {}\n"
            "none: []\n"
            "count: 1\n"
            "t: true\n"
            "nothing: null\n"
            "text: \"true\"\n"
            "time: \"2026-11-21T12:00:00Z\"\n"
            "image: r.example/api:2\n"
            "colon: \"a:\"\n"
            "words: \"two words\"\n"
            "blank: \"\"\n"
            "path: spec.containers[0].image\n"
            "items:\n"
            "- a: 1\n"
            "  b:\n"
            "  - x\n"
            "  - c: d\n"
            "-\n"
            "  - 1\n"
            "  -\n"
            "    - 2\n"
            "- s\n"
            "- {}\n");
  EXPECT_EQ(YAML::Load(to_yaml(*value))["items"][1][1][0].as<int>(), 2);
  EXPECT_EQ(to_yaml(Value("No")), "\"No\"\n");
}

}  // namespace
}  // namespace sallyport::cli
