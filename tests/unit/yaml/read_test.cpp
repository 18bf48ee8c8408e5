#include "yaml/read.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::yaml {
namespace {

std::string as_json(std::string_view text) {
  const auto documents = read_documents(text);
  if (!documents) return "error: " + documents.error().message();
  std::string all;
  for (const auto& document : *documents) all += json::write(document) + "\n";
  return all;
}

TEST(ReadDocuments, HoldsWhatYamlSays) {
  EXPECT_EQ(as_json("a: 1\nb: [true, 'true', 1.5, \"2\", ~, 1e3x, 9223372036854775807]\n"),
            "{\"a\":1,\"b\":[true,\"true\",1.5,\"2\",null,\"1e3x\",9223372036854775807]}\n");
  EXPECT_EQ(as_json("yes: no\ntag: 1.2.3\nempty: ''\n"), "{\"yes\":\"no\",\"tag\":\"1.2.3\",\"empty\":\"\"}\n");
}

TEST(ReadDocuments, TakesSeveralAndLeavesEmptyOnesOut) {
  EXPECT_EQ(as_json("# nothing\n---\na: 1\n---\n---\nb: 2\n"), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(as_json(""), "");
}

TEST(ReadDocuments, FollowsAliases) {
  EXPECT_EQ(as_json("a: &x {k: v}\nb: *x\n"), "{\"a\":{\"k\":\"v\"},\"b\":{\"k\":\"v\"}}\n");
}

TEST(ReadDocuments, RefusesWhatCanNotBeMeant) {
  EXPECT_EQ(as_json("a: 1\na: 2\n"), "error: line 2, column 1: the key \"a\" stands there twice");
  EXPECT_EQ(as_json("x: &x {k: v}\ny:\n  <<: *x\n"),
            "error: line 3, column 3: merge keys (<<) are not supported: write the members out");
  EXPECT_TRUE(as_json("a: [1\n").starts_with("error: line "));
  EXPECT_TRUE(as_json("{[1]: 2}").starts_with("error: line 1, column "));
}

// Ten lines of aliases to aliases would be 10^9 values.
TEST(ReadDocuments, NoSmallTextBecomesLarge) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto name = "a" + std::to_string(i);
    text += name + ": &" + name + " [";
    for (int k = 0; k < 10; ++k) text += (k == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    text += "]\n";
  }
  const auto documents = read_documents(text, {.values = 10'000});
  ASSERT_FALSE(documents);
  EXPECT_TRUE(documents.error().message().ends_with("the text holds more than 10000 values"));
}

TEST(ReadDocuments, HasLimits) {
  EXPECT_EQ(as_json(std::string((4u << 20) + 1, ' ')), "error: is larger than 4 MiB");
  EXPECT_TRUE(as_json(std::string(70, '[') + std::string(70, ']')).ends_with("is nested deeper than 64"));
  EXPECT_TRUE(as_json(std::string(100'000, '[')).starts_with("error: "));
}

}  // namespace
}  // namespace sallyport::yaml
