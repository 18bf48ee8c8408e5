#include "action/changes.hpp"

#include <gtest/gtest.h>

#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using json::Value;
using model::ShownChange;
using testing::create;
using testing::describe;
using testing::kDeployments;
using testing::kPods;
using testing::kWidgets;
using testing::recorded;
using testing::update;

std::vector<std::string> lines(const model::ActionRecord& record) {
  std::vector<std::string> lines;
  for (const auto& change : record.changes)
    lines.push_back(change.path + ": " + change.from.value_or("-") + " -> " + change.to.value_or("-"));
  return lines;
}

std::vector<std::string> shown(std::string_view before, std::string_view after) {
  return lines(describe(update(kWidgets, before, after)).record);
}

using Lines = std::vector<std::string>;

TEST(Changes, OfAnUpdate) {
  EXPECT_EQ(lines(describe(recorded("deployment_set_image")).record),
            Lines{"spec.template.spec.containers[0].image: registry/api:v1.4.1 -> registry/api:v1.4.2"});
  EXPECT_EQ(lines(describe(recorded("deployment_scale")).record), Lines{"spec.replicas: 2 -> 5"});
}

TEST(Changes, OfAScaleThatLeavesItsReplicasOutAreFromOrToNone) {
  const auto scaled = [](std::string_view before, std::string_view after, std::string_view kind) {
    const auto side = [&](std::string_view spec) {
      return R"({"kind":")" + std::string(kind) +
             R"(","apiVersion":"autoscaling/v1","metadata":{"name":"api"},"spec":)" + std::string(spec) + "}";
    };
    return lines(describe(update({"apps", "v1", "deployments", "scale"}, side(before), side(after))).record);
  };
  EXPECT_EQ(scaled("{}", R"({"replicas":3})", "Scale"), Lines{"spec.replicas: 0 -> 3"});
  EXPECT_EQ(scaled(R"({"replicas":3})", "{}", "Scale"), Lines{"spec.replicas: 3 -> 0"});
  EXPECT_EQ(scaled("{}", R"({"replicas":3})", "Widget"), Lines{"spec.replicas: - -> 3"});
}

TEST(Changes, StringsAsTheyAreOtherValuesAsJson) {
  EXPECT_EQ(shown(R"({"a":"1","b":1,"c":true,"d":[],"e":null})", R"({"a":1,"b":"1","c":{},"d":"x y","e":"null"})"),
            (Lines{"a: 1 -> 1", "b: 1 -> 1", "c: true -> {}", "d: [] -> x y", "e: null -> null"}));
}

TEST(Changes, WhatIsAddedLeafByLeafWhatIsRemovedWhole) {
  EXPECT_EQ(shown(R"({"old":{"x":[1,{"y":2}]}})", R"({"new":{"x":[1,{"y":2}],"e":{}}})"),
            (Lines{"new.x[0]: - -> 1", "new.x[1].y: - -> 2", "new.e: - -> {}", R"(old: {"x":[1,{"y":2}]} -> -)"}));
}

TEST(Changes, OfACreateAreTheLeaves) {
  EXPECT_EQ(lines(describe(create(kWidgets, R"({"metadata":{"name":"w"},"spec":{"n":1}})")).record),
            (Lines{"metadata.name: - -> w", "spec.n: - -> 1"}));
}

// Who weighs is told the place and the values, and of what is hidden the place alone.
TEST(Changes, StandInTheOrderOfTheirWeight) {
  auto context = testing::context();
  std::vector<std::string> asked;
  context.weigh = [&](const std::vector<json::Path::Step>& place, const Value* from, const Value* to) {
    const auto path = to_string(json::Path(place));
    asked.push_back(path + (from ? " from" : "") + (to ? " to" : ""));
    if (path == "c") return Weight{.rank = Rank::identity};
    if (path == "d") return Weight{.rank = Rank::runs_code, .order = 0};
    return Weight{.rank = path == "b" ? Rank::runs_code : Rank::rest};
  };
  const auto request = update(kWidgets, R"({"a":1,"b":1,"c":1,"e":1})", R"({"a":2,"b":2,"c":2,"d":2})");
  EXPECT_EQ(lines(action::describe(request, context).record),
            (Lines{"c: 1 -> 2", "d: - -> 2", "b: 1 -> 2", "a: 1 -> 2", "e: 1 -> -"}));
  EXPECT_EQ(asked, (Lines{"a from to", "b from to", "c from to", "d to", "e from"}));

  asked.clear();
  const auto secret = update(testing::kSecrets, R"({"kind":"Secret","apiVersion":"v1","data":{"k":"YQ=="}})",
                             R"({"kind":"Secret","apiVersion":"v1","data":{"k":"Yg=="}})");
  const auto hidden = action::describe(secret, context).record;
  EXPECT_TRUE(hidden.changes.at(0).redacted);
  EXPECT_EQ(asked, Lines{"data.k"});
}

TEST(Changes, KeysAreEscapedAsWell) {
  const auto record = describe(create(kWidgets, "{\"spec\":{\"a\u202eb\\n\":\"c\u2066d\"}}")).record;
  EXPECT_EQ(lines(record), Lines{"spec['a\\u202eb\\u000a']: - -> c\\u2066d"});
}

TEST(Changes, WithinValuesOtherThanStringsAsWell) {
  const auto record = describe(update(kWidgets, "{\"l\":{\"x\":[\"a\u202eb\"]}}", "{\"l\":1}")).record;
  EXPECT_EQ(lines(record), Lines{"l: {\"x\":[\"a\\u202eb\"]} -> 1"});
}

// --- limits

std::string many(std::size_t count, std::size_t bytes, std::string_view rest) {
  std::string data;
  for (std::size_t i = 0; i < count; ++i)
    data += (i ? "," : "") + ("\"k" + std::to_string(i)) + "\":\"" + std::string(bytes, 'x') + '"';
  return R"({"metadata":{"name":"w"},"data":{)" + data + "}" + std::string(rest) + "}";
}

std::size_t bytes_of(const std::vector<ShownChange>& changes) {
  std::size_t bytes = 0;
  for (const auto& change : changes)
    bytes += change.path.size() + change.from.value_or("").size() + change.to.value_or("").size();
  return bytes;
}

TEST(Limits, AllOf4095LeavesAndANameAreShown) {
  const auto record = describe(create(kWidgets, many(4095, 1, ""))).record;
  EXPECT_EQ(record.changes.size(), 4096u);
  EXPECT_FALSE(record.truncated);
}

TEST(Limits, OneMoreIsSaid) {
  const auto record = describe(create(kWidgets, many(4096, 1, ""))).record;
  EXPECT_EQ(record.changes.size(), 4096u);
  EXPECT_TRUE(record.truncated);
}

TEST(Limits, WhatTellsMoreIsKept) {
  auto context = testing::context();
  context.weigh = [](const std::vector<json::Path::Step>& place, const Value*, const Value*) {
    return Weight{.rank = to_string(json::Path(place)) == "data.z" ? Rank::runs_code : Rank::rest};
  };
  auto all = create(kWidgets, many(4096, 1, ""));
  all.object.find_mutable("data")->set("z", "image");
  const auto record = action::describe(all, context).record;
  EXPECT_EQ(record.changes.size(), 4096u);
  EXPECT_EQ(record.changes.front().path, "data.z");
  EXPECT_TRUE(record.truncated);
}

TEST(Limits, ALongValueIsShownWholeUpToTheLimitOfAll) {
  const auto whole = describe(create(kWidgets, many(1, 250'000, ""))).record;
  EXPECT_FALSE(whole.truncated);
  EXPECT_EQ(whole.changes.back().to.value_or("").size(), 250'000u);
  const auto cut = describe(create(kWidgets, many(1, 300'000, ""))).record;
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.changes.size(), 2u);
  EXPECT_TRUE(cut.changes.back().to.value_or("").ends_with("(cut)"));
}

TEST(Limits, OneLongValueDoesNotHideTheOthers) {
  const auto record =
      describe(update(kWidgets, many(1, 200'000, ""),
                      R"({"metadata":{"name":"w"},"data":{"k0":")" + std::string(200'000, 'y') + R"("},"z":"last"})"))
          .record;
  EXPECT_TRUE(record.truncated);
  ASSERT_EQ(record.changes.size(), 2u);
  EXPECT_EQ(record.changes[1].to, "last");
}

TEST(Limits, LongKeyIsCutAndSaid) {
  const auto record = describe(create(kWidgets, R"({"spec":{")" + std::string(5000, 'k') + R"(":1}})")).record;
  ASSERT_EQ(record.changes.size(), 1u);
  EXPECT_LE(record.changes[0].path.size(), 1024u);
  EXPECT_TRUE(record.truncated);
}

TEST(Limits, WholeListStaysUnder256KiB) {
  const auto record = describe(create(kWidgets, many(200, 4000, ""))).record;
  EXPECT_TRUE(record.truncated);
  EXPECT_LE(bytes_of(record.changes), 256u << 10);
  EXPECT_GT(record.changes.size(), 60u);
}

TEST(Limits, CutIgnoredValueLeavesTheRestWhole) {
  auto context = testing::context();
  context.ignored_fields = testing::patterns({"data"});
  const auto record =
      action::describe(update(kWidgets, R"({"metadata":{"name":"w"}})", many(1, 9000, "")), context).record;
  ASSERT_EQ(record.changes.size(), 1u);
  EXPECT_TRUE(record.changes[0].ignored);
  EXPECT_FALSE(record.truncated);
}

TEST(Limits, ALargeObjectCostsNoMoreThanItsOwnSize) {
  // A list of a million numbers, every one of them a change.
  Value::Array items(1'000'000, Value(1));
  Value object = Value::object();
  object.set("spec", Value(std::move(items)));
  auto request = create(kWidgets, R"({"metadata":{"name":"w"}})");
  request.object = object;
  const auto record = describe(request).record;
  EXPECT_TRUE(record.truncated);
  EXPECT_EQ(record.changes.size(), 4096u);
}

TEST(Limits, LongCommandIsCutAndSaid) {
  auto request = recorded("exec_shell");
  Value::Array command(300, Value("x"));
  request.object.set("command", Value(command));
  EXPECT_TRUE(describe(request).record.truncated);
  EXPECT_EQ(describe(request).record.kubernetes()->connect->command.size(), 256u);
  request.object.set("command", Value(Value::Array(20, Value(std::string(4096, 'x')))));
  EXPECT_TRUE(describe(request).record.truncated);
}

}  // namespace
}  // namespace sallyport::action
