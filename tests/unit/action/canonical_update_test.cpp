#include <set>

#include <gtest/gtest.h>

#include "action/canonical.hpp"
#include "unit/action/support.hpp"

// Of a write to what is there already, the change counts, and of that all that it means.
namespace sallyport::action {
namespace {

using json::Value;
using testing::digest;
using testing::kRoles;
using testing::kWidgets;
using testing::recorded;
using testing::update;

std::string widget(std::string_view spec) {
  return R"({"metadata":{"name":"w","uid":"u1"},"spec":)" + std::string(spec) + "}";
}
std::string updated(std::string_view before, std::string_view after) {
  return digest(update(kWidgets, widget(before), widget(after)));
}

TEST(Update, OneChangeInManyWaysIsOne) {
  const auto first = digest(recorded("deployment_set_image"));
  EXPECT_EQ(digest(recorded("deployment_strategic_patch")), first);
  EXPECT_EQ(digest(recorded("deployment_json_patch")), first);
  // These write kubectl's last-applied annotation besides. An apply's only repeats the write; a replace lists all that
  // the server had set, and an apply by the server lists less than before, which are changes of their own.
  const auto applied = digest(recorded("deployment_client_apply"));
  const auto replaced = digest(recorded("deployment_replace"));
  EXPECT_NE(applied, first);
  EXPECT_NE(replaced, applied);
  EXPECT_NE(digest(recorded("deployment_server_apply")), applied);
  EXPECT_NE(digest(recorded("deployment_server_apply")), replaced);
}

TEST(Update, OldAndNewValueCount) {
  const std::set<std::string> digests = {updated(R"({"a":1})", R"({"a":2})"),   updated(R"({"a":1})", R"({"a":3})"),
                                         updated(R"({"a":0})", R"({"a":2})"),   updated("{}", R"({"a":2})"),
                                         updated(R"({"a":1})", "{}"),           updated(R"({"a":2})", R"({"a":1})"),
                                         updated(R"({"a":null})", R"({"a":2})")};
  EXPECT_EQ(digests.size(), 7u);
}

TEST(Update, WhatElseStandsThereDoesNotCount) {
  EXPECT_EQ(updated(R"({"a":1,"b":1})", R"({"a":2,"b":1})"), updated(R"({"a":1,"b":7})", R"({"a":2,"b":7})"));
}

TEST(Update, ElementThatHoldsTheChangeCountsWhole) {
  const auto image = [](std::string_view name, std::string_view other) {
    const auto list = [&](std::string_view tag) {
      return R"({"c":[{"name":)" + json::write(Value(name)) + R"(,"image":)" + json::write(Value(tag)) + R"(},{"x":)" +
             json::write(Value(other)) + "}]}";
    };
    return updated(list("v1"), list("v2"));
  };
  EXPECT_NE(image("web", "o"), image("db", "o"));   // an index alone says nothing
  EXPECT_EQ(image("web", "o"), image("web", "p"));  // its neighbour is not touched
}

TEST(Update, ReorderedAndMovedElementsCount) {
  const std::set<std::string> digests = {
      updated(R"({"l":[1,2,3]})", R"({"l":[1,2,3]})"), updated(R"({"l":[1,2,3]})", R"({"l":[3,2,1]})"),
      updated(R"({"l":[1,2,3]})", R"({"l":[2,3,1]})"), updated(R"({"l":[1,2,3]})", R"({"l":[2,3]})"),
      updated(R"({"l":[1,2,3]})", R"({"l":[1,2]})"),   updated(R"({"l":[1,2,3]})", R"({"l":[0,1,2,3]})")};
  EXPECT_EQ(digests.size(), 6u);
  // The same element taken from the end of another list.
  EXPECT_NE(updated(R"({"l":[1,2,3]})", R"({"l":[1,2]})"), updated(R"({"l":[1,2,4]})", R"({"l":[1,2]})"));
}

TEST(Update, ElementsOfListsInListsCountByTheOutermost) {
  const auto nested = [](std::string_view outer, int value) {
    return R"({"l":[{"name":)" + json::write(Value(outer)) + R"(,"m":[{"k":"same","v":)" + std::to_string(value) +
           "}]}]}";
  };
  EXPECT_NE(updated(nested("a", 1), nested("a", 2)), updated(nested("b", 1), nested("b", 2)));
}

TEST(Update, ManyChangesInOneElementAreHashedOnce) {
  // Each change names the element it stands in: hashed anew for each, this would take minutes.
  Value before = Value::object();
  Value after = Value::object();
  for (int i = 0; i < 20000; ++i) {
    before.mutable_members().push_back({"k" + std::to_string(i), i});
    after.mutable_members().push_back({"k" + std::to_string(i), i + 1});
  }
  const auto in_list = [](Value element) {
    return Value(Value::Object{{"metadata", Value(Value::Object{{"name", "w"}})},
                               {"l", Value(Value::Array{std::move(element)})}});
  };
  EXPECT_EQ(digest(testing::update_values(kWidgets, in_list(before), in_list(after))).size(), 71u);
}

TEST(Update, OfRightsTheWholeOldObjectCounts) {
  const auto role = [](std::string_view first, std::string_view second) {
    return R"({"metadata":{"name":"r"},"rules":[{"verbs":[)" + json::write(Value(first)) + R"(]},{"verbs":[)" +
           json::write(Value(second)) + "]}]}";
  };
  const auto change = [&role](const model::Resource& resource, std::string_view untouched) {
    return digest(update(resource, role(untouched, "get"), role(untouched, "list")));
  };
  for (const auto& resource :
       {kRoles, model::Resource{"rbac.authorization.k8s.io", "v1", "clusterrolebindings", ""},
        model::Resource{"networking.k8s.io", "v1", "networkpolicies", ""},
        model::Resource{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", ""}})
    EXPECT_NE(change(resource, "a"), change(resource, "b")) << resource.resource;
  EXPECT_EQ(change(kWidgets, "a"), change(kWidgets, "b"));
}

TEST(Update, BookkeepingOfTheWholeOldObjectDoesNotCount) {
  auto request = recorded("role_rule_added");
  const auto first = digest(request);
  request.old_object.find_mutable("metadata")->set("resourceVersion", "99999");
  request.old_object.find_mutable("metadata")->erase("managedFields");
  EXPECT_EQ(digest(request), first);
}

// --- changedFields

std::string restricted(std::string_view before, std::string_view after) {
  auto context = testing::context();
  context.changed_fields = testing::patterns({"spec.c[*].image"});
  return digest(update(kWidgets, widget(before), widget(after)), context);
}

TEST(ChangedFields, NamedPathsCountWithTheirOldValue) {
  EXPECT_NE(restricted(R"({"c":[{"image":"a"}]})", R"({"c":[{"image":"c"}]})"),
            restricted(R"({"c":[{"image":"b"}]})", R"({"c":[{"image":"c"}]})"));
}

TEST(ChangedFields, OthersCountWithTheNewValueAlone) {
  const auto with = [](int from, int to) {
    return restricted(R"({"n":)" + std::to_string(from) + R"(,"c":[{"image":"a"}]})",
                      R"({"n":)" + std::to_string(to) + R"(,"c":[{"image":"b"}]})");
  };
  EXPECT_EQ(with(1, 5), with(2, 5));
  EXPECT_NE(with(1, 5), with(1, 6));
}

TEST(ChangedFields, OthersInListsCountWithTheElementTheyMake) {
  const auto with = [](std::string_view name, int from, int to) {
    const auto side = [name](int value) {
      return R"({"c":[{"name":)" + json::write(Value(name)) + R"(,"n":)" + std::to_string(value) + "}]}";
    };
    return restricted(side(from), side(to));
  };
  EXPECT_EQ(with("web", 1, 5), with("web", 2, 5));
  EXPECT_NE(with("web", 1, 5), with("db", 1, 5));
}

TEST(ChangedFields, RemovalAboveANamedPlaceCountsWithWhatItHeld) {
  EXPECT_NE(restricted(R"({"c":[{"image":"a"},{"image":"b"}]})", R"({"c":[{"image":"a"}]})"),
            restricted(R"({"c":[{"image":"a"},{"image":"x"}]})", R"({"c":[{"image":"a"}]})"));
}

}  // namespace
}  // namespace sallyport::action
