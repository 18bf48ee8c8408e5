#include "action/ownership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kDeployments;
using testing::parse;

std::string entry(std::string_view manager, std::string_view operation, std::string_view fields,
                  std::string_view more = "") {
  return R"({"manager":")" + std::string(manager) + R"(","operation":")" + std::string(operation) +
         R"(","apiVersion":"apps/v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":)" +
         std::string(fields) + std::string(more) + "}";
}

std::string object(std::string_view spec, std::string_view entries) {
  return R"({"metadata":{"name":"d","managedFields":[)" + std::string(entries) + R"(]},"spec":)" + std::string(spec) +
         "}";
}

// "team (Apply) +spec.a": what the write does to owners beyond what follows from it.
std::vector<std::string> told(const model::AdmissionRequest& request) {
  std::vector<std::string> texts;
  for (const auto& change : ownership_changes(request))
    texts.push_back(change.manager + (change.gained ? " +" : " -") + change.field);
  return texts;
}

std::vector<std::string> told(std::string_view before, std::string_view after, std::string_view manager = "me") {
  auto request = testing::update(kDeployments, before, after);
  request.options = parse(R"({"fieldManager":")" + std::string(manager) + R"("})");
  return told(request);
}

TEST(Ownership, OfWhatTheWriteChangesFollowsFromIt) {
  const auto team = [](std::string_view fields) { return entry("team", "Apply", fields); };
  EXPECT_THAT(told(object(R"({"a":1,"b":1})", team(R"({"f:spec":{"f:a":{},"f:b":{}}})")),
                   object(R"({"a":2,"b":1})",
                          team(R"({"f:spec":{"f:b":{}}})") + "," + entry("me", "Update", R"({"f:spec":{"f:a":{}}})"))),
              IsEmpty());
}

TEST(Ownership, OfAnotherFieldIsTold) {
  const auto owned = R"({"f:spec":{"f:a":{},"f:b":{}}})";
  const auto less = R"({"f:spec":{"f:b":{}}})";
  EXPECT_THAT(
      told(object(R"({"a":1})", entry("team", "Apply", owned)), object(R"({"a":1})", entry("team", "Apply", less))),
      ElementsAre("team (Apply) -spec.a"));
  EXPECT_THAT(
      told(object(R"({"a":1})", entry("team", "Apply", less)), object(R"({"a":1})", entry("team", "Apply", owned))),
      ElementsAre("team (Apply) +spec.a"));
  EXPECT_THAT(told(object(R"({"a":1})", entry("team", "Apply", less)), object(R"({"a":1})", "")),
              ElementsAre("team (Apply) -spec.b"));
}

TEST(Ownership, OfTheWritesOwnManager) {
  const auto before = object(R"({"a":1})", entry("team", "Update", R"({"f:spec":{"f:a":{}}})"));
  const auto with = [&](std::string_view more) {
    return object(R"({"a":1})", entry("team", "Update", R"({"f:spec":{"f:a":{}}})") + "," + std::string(more));
  };
  const auto all = R"({"f:spec":{"f:a":{}}})";
  EXPECT_THAT(told(before, with(entry("me", "Apply", all))), IsEmpty());  // its first apply
  EXPECT_THAT(told(before, with(entry("you", "Apply", all))), ElementsAre("you (Apply) +spec.a"));
  EXPECT_THAT(told(before, with(entry("me", "Update", all))), ElementsAre("me (Update, apps/v1) +spec.a"));
  EXPECT_THAT(told(before, with(entry("me", "Apply", all)), ""), ElementsAre("me (Apply) +spec.a"));
  EXPECT_THAT(told(before, with(entry("me", "Apply", all, R"(,"subresource":"status")"))),
              ElementsAre("me (Apply, status) +spec.a"));
}

TEST(Ownership, WhoHasAppliedBeforeMayBeSomebodyElse) {
  const auto one = entry("me", "Apply", R"({"f:spec":{"f:a":{}}})");
  const auto two = entry("me", "Apply", R"({"f:spec":{"f:a":{},"f:b":{}}})");
  EXPECT_THAT(told(object(R"({"a":1,"b":1})", one), object(R"({"a":1,"b":2})", two)),
              ElementsAre("me (Apply) +spec.b"));
}

TEST(Ownership, ElementsAreFoundByTheirKeys) {
  const auto list = R"({"f:spec":{"f:c":{"k:{\"name\":\"x\"}":{".":{},"f:image":{}}}}})";
  const auto less = R"({"f:spec":{"f:c":{"k:{\"name\":\"x\"}":{".":{}}}}})";
  const auto spec = [](std::string_view image) {
    return R"({"c":[{"name":"new"},{"name":"x","image":")" + std::string(image) + R"("}]})";
  };
  const auto before = object(R"({"c":[{"name":"x","image":"1"}]})", entry("team", "Apply", list));
  EXPECT_THAT(told(before, object(spec("2"), entry("team", "Apply", less))), IsEmpty());
  EXPECT_THAT(told(before, object(spec("1"), entry("team", "Apply", less))),
              ElementsAre(R"(team (Apply) -spec.c['k:{"name":"x"}'].image)"));
  auto request = testing::update(kDeployments, before, object(spec("1"), entry("team", "Apply", less)));
  EXPECT_EQ(to_string(ownership_changes(request).front().path), "spec.c[1].image");
  // That an element is changed does not take the element itself from its owner.
  EXPECT_THAT(told(before, object(spec("2"), "")), ElementsAre(R"(team (Apply) -spec.c['k:{"name":"x"}'])"));
}

TEST(Ownership, OfValuesInSetsAndOfOddKeys) {
  const auto owned = R"({"f:spec":{"f:set":{"v:\"x\"":{}},"f:k:{}":{},"f:list":{"i:0":{}}}})";
  const auto before = object(R"({"set":["x"],"list":[1]})", entry("team", "Apply", owned));
  EXPECT_THAT(told(before, object(R"({"set":["y"],"list":[2]})", "")), ElementsAre("team (Apply) -spec['f:k:{}']"));
  EXPECT_EQ(told(before, object(R"({"set":["x"],"list":[1]})", "")).size(), 3u);
}

TEST(Ownership, IsInTheDigestAndShown) {
  const auto before = object(R"({"a":1})", entry("team", "Apply", R"({"f:spec":{"f:b":{}}})"));
  const auto write = [&](std::string_view fields) {
    return testing::describe(
        testing::update(kDeployments, before, object(R"({"a":2})", entry("team", "Apply", fields))));
  };
  const auto honest = write(R"({"f:spec":{"f:b":{}}})");
  const auto primed = write(R"({"f:spec":{"f:b":{},"f:c":{}}})");
  EXPECT_NE(honest.record.digest, primed.record.digest);
  EXPECT_EQ(primed.record.changes.size(), honest.record.changes.size() + 1);
  EXPECT_EQ(primed.record.changes.front().path, "metadata.managedFields['team (Apply)']['spec.c']");
}

TEST(Ownership, AtCreation) {
  auto request = testing::create(kDeployments, object(R"({"a":1})", entry("me", "Update", R"({"f:spec":{"f:a":{}}})")));
  request.options = parse(R"({"fieldManager":"me"})");
  EXPECT_THAT(told(request), IsEmpty());
  request.options = parse(R"({"fieldManager":"you"})");
  EXPECT_THAT(told(request), ElementsAre("me (Update, apps/v1) +spec.a"));
}

TEST(Ownership, OfALargeListAndALargeMapIsFoundFieldByField) {
  const auto parts = [](std::size_t count, auto write) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + write(std::to_string(i));
    return text;
  };
  constexpr std::size_t kCount = 500;
  const auto spec = R"({"env":[)" + parts(kCount, [](const std::string& i) { return R"({"name":"n)" + i + R"("})"; }) +
                    R"(],"set":[)" + parts(kCount, [](const std::string& i) { return i; }) + R"(],"map":{)" +
                    parts(kCount, [](const std::string& i) { return "\"m" + i + R"(":1)"; }) + "}}";
  const auto fields =
      R"({"f:spec":{"f:env":{)" +
      parts(kCount, [](const std::string& i) { return R"("k:{\"name\":\"n)" + i + R"(\"}":{"f:name":{}})"; }) +
      R"(},"f:set":{)" + parts(kCount, [](const std::string& i) { return R"("v:)" + i + R"(":{})"; }) +
      R"(},"f:map":{)" + parts(kCount, [](const std::string& i) { return R"("f:m)" + i + R"(":{})"; }) + "}}}";
  auto request = testing::update(kDeployments, object(spec, entry("team", "Apply", fields)), object(spec, ""));
  request.options = parse(R"({"fieldManager":"me"})");
  const auto changes = ownership_changes(request);
  ASSERT_EQ(changes.size(), 3 * kCount);
  EXPECT_EQ(to_string(changes[1].path), "spec.env[1].name");
  auto before = parse(object("{}", "")), after = before;
  replace_managed_fields(changes, before, after);
  EXPECT_EQ(before["metadata"]["managedFields"]["team (Apply)"].members().size(), 3 * kCount);
}

// Whoever writes managedFields may nest and name fields as they like.
TEST(Ownership, OfManyFieldsDeepDownCostsNoMoreForEachStep) {
  std::string leaves, owned;
  for (int i = 0; i < 1'000; ++i) {
    const auto comma = i == 0 ? "" : ",";
    leaves += comma + ("\"f" + std::to_string(i)) + "\":1";
    owned += comma + ("\"f:f" + std::to_string(i)) + "\":{}";
  }
  std::string spec = "{" + leaves + "}", fields = "{" + owned + "}";
  for (int i = 0; i < 100; ++i) {
    spec = R"({"s":)" + spec + "}";
    fields = R"({"f:s":)" + fields + "}";
  }
  const auto texts = told(object(spec, entry("team", "Apply", R"({"f:spec":)" + fields + "}")), object(spec, ""));
  ASSERT_EQ(texts.size(), 1'000u);
  EXPECT_TRUE(texts[0].ends_with(".s.s.f0")) << texts[0];
}

TEST(Ownership, AListHasFewSetsOfMergeKeys) {
  std::string owned;
  for (int i = 0; i < 9; ++i) {
    owned += (i == 0 ? "" : ",") + (R"("k:{\"name\":\"a\",\"k)" + std::to_string(i)) + R"(\":null}":{"f:name":{}})";
  }
  auto request = testing::update(
      kDeployments, object(R"({"c":[{"name":"a"}]})", entry("team", "Apply", R"({"f:spec":{"f:c":{)" + owned + "}}}")),
      object(R"({"c":[{"name":"a"}]})", ""));
  const auto changes = ownership_changes(request);
  ASSERT_EQ(changes.size(), 9u);
  EXPECT_EQ(to_string(changes[7].path), "spec.c[0].name");
  EXPECT_EQ(to_string(changes[8].path), "spec.c") << "no server writes so many: it counts as not there, and is told";
}

// Each a change of values by one of kubectl's commands.
TEST(Ownership, OfHonestWritesFollowsFromThem) {
  for (const auto* name : {"deployment_client_apply", "deployment_json_patch", "deployment_replace",
                           "deployment_restart", "deployment_scale", "deployment_server_apply", "deployment_set_image",
                           "deployment_status", "deployment_strategic_patch", "job_generate_name_1",
                           "persistent_volume_1", "pod_chosen_name", "secret_annotate", "secret_apply", "secret_create",
                           "service_allocated_1", "service_port_added", "service_port_replaced", "role_rule_added"})
    EXPECT_THAT(told(testing::recorded(name)), IsEmpty()) << name;
  EXPECT_THAT(told(testing::recorded("service_managed_fields_reset")), ::testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace sallyport::action
