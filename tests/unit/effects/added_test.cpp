#include "effects/added.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "effects/table.hpp"
#include "effects/write.hpp"
#include "json/json.hpp"

namespace sallyport::effects {
namespace {

using json::Value;
using model::Effect;
using model::Effects;
using model::Operation;
using testing::AllOf;
using testing::HasSubstr;

std::vector<AddedEffects> read(std::string_view text) {
  const auto read = read_added(json::parse(text).value());
  EXPECT_TRUE(read) << read.error().message();
  return read.value();
}

std::string refusal(std::string_view text) {
  const auto added = read_added(json::parse(text).value());
  if (!added) return added.error().message();
  const auto table = Table::with(*added);
  return table ? "" : table.error().message();
}

model::AdmissionRequest write(Operation operation, std::string_view resource, std::string_view before,
                              std::string_view after) {
  model::AdmissionRequest request;
  request.operation = operation;
  request.resource = model::parse_resource(resource);
  request.namespace_name = "shop";
  if (!before.empty()) request.old_object = json::parse(before).value();
  if (!after.empty()) request.object = json::parse(after).value();
  return request;
}

Effects update(const Table& table, std::string_view resource, std::string_view before, std::string_view after) {
  const auto request = write(Operation::update, resource, before, after);
  const auto found = effects_of(table, request).effects;
  const auto possible = possible_effects(table, request);
  EXPECT_EQ(possible | found, possible) << "the envelope must tell of " << to_string(found);
  return found;
}

constexpr auto kWidgets =
    R"([{"group":"example.com","resource":"widgets","fields":{"spec.run":["RunsCode"],"spec.env.*.from":["UsesSecret"]}}])";

TEST(AddedEffects, OfAKindThatNobodyElseKnows) {
  const auto table = Table::with(read(kWidgets)).value();
  const auto* widgets = "widgets.example.com";
  EXPECT_EQ(update(table, widgets, R"({"spec":{"run":"a"}})", R"({"spec":{"run":"b"}})"), Effects{Effect::runs_code});
  EXPECT_EQ(update(table, widgets, R"({"spec":{"run":{"x":["a"]}}})", R"({"spec":{"run":{"x":["b"]}}})"),
            Effects{Effect::runs_code})
      << "and of all that is in it";
  EXPECT_EQ(update(table, widgets, R"({"spec":{"env":{"a":{"from":"x"}}}})", R"({"spec":{"env":{"a":{"from":"y"}}}})"),
            Effects{Effect::uses_secret});
  EXPECT_EQ(update(table, widgets, R"({"spec":{"size":1}})", R"({"spec":{"size":2}})"), Effects{});
  EXPECT_EQ(update(table, "gadgets.example.com", R"({"spec":{"run":"a"}})", R"({"spec":{"run":"b"}})"), Effects{});
  EXPECT_EQ(update(table, "widgets.example.com/status", R"({"spec":{"run":"a"}})", R"({"spec":{"run":"b"}})"),
            Effects{Effect::runs_code})
      << "a part is read by the rows of its object";
  EXPECT_EQ(update(Table::shipped(), widgets, R"({"spec":{"run":"a"}})", R"({"spec":{"run":"b"}})"), Effects{});
  const auto created = write(Operation::create, widgets, "", R"({"spec":{"run":"a","env":{}}})");
  EXPECT_EQ(effects_of(table, created).effects, Effects{Effect::runs_code});
  EXPECT_TRUE(effects_of(table, created).unclassified.empty());
}

TEST(AddedEffects, TakeNothingAwayFromWhatIsShipped) {
  const auto table = Table::with(read(R"([
      {"group":"argoproj.io","resource":"applications","fields":{"spec.source.path":["Connects"],"spec.info":["Traffic"]}},
      {"group":"apps","resource":"deployments","fields":{"spec.template.spec.containers.image":["Traffic"],"spec":["Shared"]}},
      {"group":"","resource":"configmaps","fields":{"data":["Identity"]}}])"))
                         .value();
  const auto before = [](const char* resource, const char* from, const char* to) {
    return update(Table::shipped(), resource, from, to);
  };
  struct Case {
    const char *resource, *from, *to;
    Effects added;
  };
  const Case cases[] = {
      {"applications.argoproj.io",
       R"({"spec":{"source":{"path":"a"}}})",
       R"({"spec":{"source":{"path":"b"}}})",
       {Effect::connects}},
      {"applications.argoproj.io", R"({"spec":{"source":{"other":"a"}}})", R"({"spec":{"source":{"other":"b"}}})", {}},
      {"applications.argoproj.io", R"({"spec":{"info":["a"]}})", R"({"spec":{"info":["b"]}})", {Effect::traffic}},
      {"deployments.apps",
       R"({"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x"}]}}}})",
       R"({"spec":{"template":{"spec":{"containers":[{"name":"a","image":"y"}]}}}})",
       {Effect::traffic, Effect::shared}},
      {"deployments.apps", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":0}})", {Effect::shared}},
      {"deployments.apps", R"({"metadata":{"labels":{"a":"b"}}})", R"({"metadata":{"labels":{"a":"c"}}})", {}},
      {"configmaps", R"({"data":{"a":"b","c":"d"}})", R"({"data":{"a":"b"}})", {Effect::identity}},
  };
  for (const auto& [resource, from, to, added] : cases) {
    EXPECT_EQ(to_string(update(table, resource, from, to)), to_string(before(resource, from, to) | added))
        << resource << " " << to;
  }
  const auto image = before("deployments.apps", cases[3].from, cases[3].to);
  EXPECT_TRUE(image.has(Effect::runs_code)) << "or nothing could be taken away";
}

// What is added to a place says nothing of one in it that is newer than this version.
TEST(AddedEffects, LeaveUnknownWhatIsUnknown) {
  const auto table =
      Table::with(read(R"([{"group":"apps","resource":"deployments","fields":{"spec":["Shared"]}}])")).value();
  const auto request =
      write(Operation::update, "deployments.apps", R"({"spec":{"tomorrow":1}})", R"({"spec":{"tomorrow":2}})");
  EXPECT_EQ(effects_of(table, request).effects, Effects::all());
  EXPECT_EQ(effects_of(table, request).unclassified, "spec.tomorrow");
}

TEST(AddedEffects, FaultsNameTheEntryAndWhatIsAllowed) {
  const auto field = [](const std::string& path, const std::string& effects) {
    return refusal(R"([{"group":"example.com","resource":"widgets","fields":{")" + path + R"(":)" + effects + "}}]");
  };
  EXPECT_THAT(field("spec.run", R"(["RunCode"])"),
              AllOf(HasSubstr("effects[0].fields[\"spec.run\"]"), HasSubstr("\"RunCode\" is no effect"),
                    HasSubstr("allowed are RunsCode, Connects, Identity, IssuesToken, UsesSecret, HoldsSecret, "
                              "ShowsSecret, Deletes, Traffic, Shared, Serving")));
  for (const auto* own : {"Own", "Speaks"}) {
    EXPECT_THAT(field("spec.run", "[\"" + std::string(own) + "\"]"), HasSubstr("is the built-in guard's own")) << own;
  }
  EXPECT_THAT(field("spec.run", "[]"), HasSubstr("must be a list of effects"));
  EXPECT_THAT(field("spec.run", "\"RunsCode\""), HasSubstr("must be a list of effects"));
  EXPECT_THAT(field("spec.run", "[1]"), HasSubstr("is no effect"));
  for (const auto* path : {"", "spec..run", "spec.", "spec[*].run", "spec.list[0]", "['a"}) {
    EXPECT_THAT(field(path, R"(["RunsCode"])"), HasSubstr("must be a path")) << path;
  }
  std::string deep = "a", longest(257, 'a');
  for (int i = 0; i < 24; ++i) deep += ".a";
  for (const auto& path : {deep, longest}) EXPECT_THAT(field(path, R"(["RunsCode"])"), HasSubstr("must be a path"));

  const auto entry = [](const std::string& group, const std::string& resource, const std::string& path = "spec") {
    return refusal(R"([{"group":"a.b","resource":"cs","fields":{"spec":["RunsCode"]}},{"group":")" + group +
                   R"(","resource":")" + resource + R"(","fields":{")" + path + R"(":["RunsCode"]}}])");
  };
  EXPECT_EQ(entry("", "pods"), "");
  EXPECT_EQ(entry("example.com", "widgets/status"), "");
  EXPECT_THAT(entry("Example.com", "widgets"), HasSubstr("effects[1].group"));
  EXPECT_THAT(entry("example.com", "*"), HasSubstr("effects[1].resource"));
  EXPECT_THAT(entry("example.com", "a/b/c"), HasSubstr("effects[1].resource"));
  EXPECT_THAT(entry("a.b", "cs"), HasSubstr("effects[1]: cs of group \"a.b\" stands there twice"));
  EXPECT_THAT(entry("sallyport.dev", "approvalpolicies"), HasSubstr("effects[1]: sallyport.dev/approvalpolicies is"));
  EXPECT_THAT(entry("authorization.k8s.io", "subjectaccessreviews"), HasSubstr("stores nothing"));
  EXPECT_THAT(entry("apps", "deploys"), HasSubstr("effects[1]: Kubernetes has no apps/deploys"));
  EXPECT_THAT(entry("apps", "deployments", "spec.replica"),
              HasSubstr("effects[1]: apps/deployments has no field spec.replica that this Sallyport knows"));
  EXPECT_THAT(refusal("{}"), HasSubstr("effects: must be a list"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("effects[0]: must have group, resource and fields"));
  EXPECT_THAT(refusal(R"([{"group":"a.b","resource":"cs","field":{}}])"), HasSubstr("has no member \"field\""));
  EXPECT_THAT(refusal(R"([{"resource":"cs","fields":{"a":["RunsCode"]}}])"), HasSubstr("effects[0].group"));
  EXPECT_THAT(refusal(R"([{"group":"a.b","resource":"cs","fields":{}}])"), HasSubstr("effects[0].fields"));
}

TEST(AddedEffects, AreBounded) {
  auto many = Value::array();
  const auto entry = [](int i, int fields) {
    auto written = Value::object();
    for (int field = 0; field < fields; ++field) {
      written.set("a" + std::to_string(field), Value::array().push("RunsCode"));
    }
    return Value::object()
        .set("group", "a.b")
        .set("resource", "c" + std::to_string(i))
        .set("fields", std::move(written));
  };
  for (int i = 0; i < 100; ++i) many.push(entry(i, 5));
  EXPECT_TRUE(read_added(many));
  auto more = many;
  more.push(entry(100, 1));
  EXPECT_THAT(read_added(more).error().message(), HasSubstr("more than 100 entries"));
  EXPECT_THAT(read_added(Value::array().push(entry(0, 501))).error().message(), HasSubstr("more than 500 fields"));
}

TEST(AddedEffects, AreWrittenAsTheyAreRead) {
  const auto added = read(kWidgets);
  EXPECT_EQ(read_added(write_added(added)).value(), added);
  EXPECT_TRUE(read("[]").empty());
  EXPECT_TRUE(read("null").empty());
}

// Steps of maps and named steps count together, and of a step named "*" once.
TEST(AddedEffects, OfAnyKeyAndOfOneCountTogether) {
  const auto table = Table::with(read(R"([{"group":"a.b","resource":"cs",
      "fields":{"m.*":["RunsCode"],"m.x":["Traffic"],".":["Shared"]}}])"))
                         .value();
  EXPECT_EQ(update(table, "cs.a.b", R"({"m":{"x":1}})", R"({"m":{"x":2}})"),
            (Effects{Effect::runs_code, Effect::traffic, Effect::shared}));
  EXPECT_EQ(update(table, "cs.a.b", R"({"m":{"*":1}})", R"({"m":{"*":2}})"),
            (Effects{Effect::runs_code, Effect::shared}));
  EXPECT_EQ(update(table, "cs.a.b", R"({"n":1})", R"({"n":2})"), Effects{Effect::shared});
}

}  // namespace
}  // namespace sallyport::effects
