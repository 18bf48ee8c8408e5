#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "json/path.hpp"

namespace sallyport::json {
namespace {

std::string show(const Value* value) {
  return value ? write(*value) : "-";
}

// "path: from > to", with "-" for what is not there.
std::vector<std::string> changes(std::string_view before, std::string_view after) {
  const auto old_value = parse(before).value();
  const auto new_value = parse(after).value();
  std::vector<std::string> lines;
  for (const Change& change : diff(old_value, new_value))
    lines.push_back(to_string(change.path) + ": " + show(change.from) + " > " + show(change.to));
  return lines;
}

TEST(Diff, NamesEveryDifference) {
  const struct {
    const char* before;
    const char* after;
    std::vector<std::string> expected;
  } cases[] = {
      {"{}", "{}", {}},
      {R"({"a":1,"b":{"c":[1,2]}})", R"({"b":{"c":[1,2.0]},"a":1})", {}},
      {R"({"a":1})", R"({"a":2})", {"a: 1 > 2"}},
      {R"({"a":1})", R"({"a":null})", {"a: 1 > null"}},
      {R"({"a":null})", "{}", {"a: null > -"}},
      {"{}", R"({"a":{"b":1}})", {R"(a: - > {"b":1})"}},
      {R"({"s":{"r":1,"i":"x","t":[]}})", R"({"s":{"i":"y","r":1,"t":[]}})", {R"(s.i: "x" > "y")"}},
      {"[1,2,3]", "[1,3]", {"[1]: 2 > 3", "[2]: 3 > -"}},
      {"[1]", "[1,2,[3]]", {"[1]: - > 2", "[2]: - > [3]"}},
      {R"([{"a":1},{"a":2}])", R"([{"a":1},{"a":3,"b":4}])", {"[1].a: 2 > 3", "[1].b: - > 4"}},
      {R"({"a":[1]})", R"({"a":{"0":1}})", {R"(a: [1] > {"0":1})"}},
      {R"({"a":{"b":1}})", R"({"a":"b"})", {R"(a: {"b":1} > "b")"}},
      {R"({"a":{}})", R"({"a":[]})", {"a: {} > []"}},
      {R"({"a":{}})", R"({"a":null})", {"a: {} > null"}},
      {"1", "\"1\"", {R"(: 1 > "1")"}},
      {"null", R"({"a":1})", {R"(: null > {"a":1})"}},
      {R"({"a":9007199254740992})", R"({"a":9007199254740993})", {"a: 9007199254740992 > 9007199254740993"}},
      {R"({"a":0})", R"({"a":false})", {"a: 0 > false"}},
  };
  for (const auto& [before, after, expected] : cases) EXPECT_EQ(changes(before, after), expected) << before << after;
}

TEST(Diff, GoesInTheNewOrderAndPutsRemovedMembersLast) {
  EXPECT_THAT(
      changes(R"({"gone":1,"x":{"old":1,"k":1},"y":1})", R"({"y":2,"new":3,"x":{"k":2,"add":1}})"),
      testing::ElementsAre("y: 1 > 2", "new: - > 3", "x.k: 1 > 2", "x.add: - > 1", "x.old: 1 > -", "gone: 1 > -"));
}

TEST(Diff, PointsIntoWhatWasCompared) {
  const auto before = parse(R"({"a":[{"b":1}]})").value();
  const auto after = parse(R"({"a":[{"b":2}]})").value();
  const auto found = diff(before, after);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].from, found[0].path.find_in(before));
  EXPECT_EQ(found[0].to, found[0].path.find_in(after));
}

TEST(Diff, ComparesLargeObjectsInAnyOrder) {
  Value before = Value::object(), after = Value::object();
  for (int i = 0; i < 20'000; ++i) {
    before.mutable_members().push_back({"k" + std::to_string(i), i});
    after.mutable_members().push_back({"k" + std::to_string(19'999 - i), 19'999 - i});
  }
  EXPECT_TRUE(diff(before, after).empty());
  *after.find_mutable("k77") = "new";
  ASSERT_TRUE(after.erase("k78"));
  const auto found = diff(before, after);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(to_string(found[0].path), "k77");
  EXPECT_EQ(to_string(found[1].path), "k78");
}

TEST(Diff, SaysAllAtOnceWhereThePathsWouldMultiply) {
  // A long key above a long list: 100,000 paths of 1 MB each.
  const std::string key(1'000'000, 'k');
  const Value before = Value::object().set("a", 1).set(key, Value::array());
  Value after = Value::object().set("a", 1).set(key, Value::array());
  auto& items = after.find_mutable(key)->mutable_items();
  items.resize(100'000);
  const auto found = diff(before, after);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].path.empty());
  EXPECT_EQ(found[0].from, &before);
  EXPECT_EQ(found[0].to, &after);
}

}  // namespace
}  // namespace sallyport::json
