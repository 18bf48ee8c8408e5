#include "action/canonical.hpp"

#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "unit/action/support.hpp"

// Whatever could change the effect changes the digest, and nothing else does.
namespace sallyport::action {
namespace {

using json::Value;
using testing::create;
using testing::digest;
using testing::kWidgets;
using testing::parse;
using testing::recorded;
using testing::update;

std::string widget(std::string_view spec) {
  return R"({"metadata":{"name":"w","uid":"u1"},"spec":)" + std::string(spec) + "}";
}
std::string created(std::string_view spec) {
  return digest(create(kWidgets, widget(spec)));
}
std::string updated(std::string_view before, std::string_view after) {
  return digest(update(kWidgets, widget(before), widget(after)));
}

TEST(Digest, IsSha256InHex) {
  const auto text = created("{}");
  EXPECT_TRUE(text.starts_with("sha256:"));
  EXPECT_EQ(text.size(), 7u + 64u);
}

TEST(Digest, IsPinned) {
  // A new version of the form must be a decision: open requests and grants end with it.
  EXPECT_EQ(created(R"({"a":1})"), "sha256:00af6b1ed7ad78c228f721a7578bf0da373330c57084716b11d4b8a14b9533d8");
  EXPECT_EQ(updated(R"({"a":1})", R"({"a":2})"),
            "sha256:8b5d7f0c6f6ccae6dcb5239d63ba0ca446ba37223ad23e9d881759b97c2d9ebb");
  EXPECT_EQ(digest(recorded("exec_websocket")),
            "sha256:56bd5beb70831c3598ca885fbbb50bfdd59835141c24e6da408e282484a5756f");
  EXPECT_EQ(digest(recorded("pod_delete")), "sha256:b0430a1af7c4fa9938de1880d20db5eee5bba5270989cd9c1a39951679415d41");
}

// As long as a build reads two forms, it knows an action by both digests.
TEST(Digest, IsMadeOfEachFormThatIsRead) {
  const auto request = recorded("pod_delete");
  auto both = testing::context();
  both.forms = {2, 3};
  const auto described = describe(request, both);
  ASSERT_EQ(described.digests.size(), 2u);
  EXPECT_EQ(described.digests[1], digest(request));
  EXPECT_NE(described.digests[0], digest(request));
  EXPECT_EQ(described.record.digest, described.digests[0]);
  EXPECT_EQ(testing::describe(request).digests, std::vector{digest(request)}) << "there is one form so far";
}

class Shuffle : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Shuffle, OrderOfKeysDoesNotCount) {
  auto request = recorded(GetParam());
  const auto first = digest(request);
  for (int i = 0; i < 4; ++i) {
    request.object = testing::shuffled(request.object);
    request.old_object = testing::shuffled(request.old_object);
    request.options = testing::shuffled(request.options);
    EXPECT_EQ(digest(request), first) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, Shuffle,
                         ::testing::Values("pod_generate_name_1", "job_generate_name_1", "service_allocated_1",
                                           "service_port_added", "deployment_set_image", "deployment_client_apply",
                                           "deployment_restart", "deployment_status", "role_rule_added", "exec_shell",
                                           "secret_apply", "secret_create_mixed", "pod_delete", "token_request"));

TEST(Digest, SpacingAndEscapesDoNotCount) {
  EXPECT_EQ(created(R"({"a":"é/","b":[1,2]})"), created("{ \"b\" : [ 1 ,\n2 ], \"a\" : \"\\u00e9\\/\" }"));
}

TEST(Digest, FormsOfOneNumberAreOne) {
  EXPECT_EQ(created(R"({"a":100})"), created(R"({"a":1e2})"));
  EXPECT_EQ(created(R"({"a":1})"), created(R"({"a":1.0})"));
  EXPECT_EQ(created(R"({"a":0.5})"), created(R"({"a":5e-1})"));
}

TEST(Digest, ValuesThatDifferCount) {
  const std::vector<std::string_view> values = {
      "0",
      "1",
      "-1",
      "9007199254740992",
      "9007199254740993",
      "9223372036854775807",
      "1.5",
      R"("1")",
      R"("")",
      "9223372036854775808",
      "18446744073709551615",
      "18446744073709551614",
      "true",
      "false",
      "null",
      R"("true")",
      R"("null")",
      "[]",
      "{}",
      "[[]]",
      "[null]",
      R"({"a":null})",
      R"(["a"])",
      R"({"a":[]})",
      "[1,2]",
      "[2,1]",
      "[12]",
      R"("é")",
      R"("e\u0301")",
      R"("\u0000")",
  };
  std::set<std::string> digests;
  for (const auto value : values) digests.insert(created(R"({"x":)" + std::string(value) + "}"));
  digests.insert(created("{}"));  // absent is not null
  EXPECT_EQ(digests.size(), values.size() + 1);
}

TEST(Digest, FieldsDoNotRunTogether) {
  EXPECT_NE(created(R"({"a":"b","c":"d"})"), created(R"({"a":"b\",\"c\":\"d"})"));
  auto one = create(kWidgets, widget("{}"));
  auto other = one;
  one.user.username = "ab";
  one.user.uid = "c";
  other.user.username = "a";
  other.user.uid = "bc";
  EXPECT_NE(digest(one), digest(other));
}

// --- what stands around the change

TEST(Digest, EveryPartOfTheCallCounts) {
  using Edit = std::function<void(model::AdmissionRequest&, DescribeContext&)>;
  const std::map<std::string, Edit> edits = {
      {"agent", [](auto& request, auto&) { request.user.username = "other"; }},
      {"agent's uid", [](auto& request, auto&) { request.user.uid = "a2"; }},
      {"operation", [](auto& request, auto&) { request.operation = model::Operation::create; }},
      {"group", [](auto& request, auto&) { request.resource.group = "example.org"; }},
      {"version", [](auto& request, auto&) { request.resource.version = "v2"; }},
      {"resource", [](auto& request, auto&) { request.resource.resource = "gadgets"; }},
      {"subresource", [](auto& request, auto&) { request.resource.subresource = "scale"; }},
      {"namespace", [](auto& request, auto&) { request.namespace_name = "other"; }},
      {"name", [](auto& request, auto&) { request.name = "x"; }},
      {"old uid", [](auto& request, auto&) { request.old_object.find_mutable("metadata")->set("uid", "u2"); }},
      {"options", [](auto& request, auto&) { request.options = parse(R"({"x":1})"); }},
      {"cluster", [](auto&, auto& context) { context.cluster_id = "c2"; }},
      {"namespace's uid", [](auto&, auto& context) { context.namespace_uid = "n2"; }},
  };
  std::set<std::string> digests;
  for (const auto& [what, edit] : edits) {
    auto request = update(kWidgets, widget(R"({"a":1})"), widget(R"({"a":2})"));
    auto context = testing::context();
    digests.insert(digest(request, context));
    edit(request, context);
    EXPECT_TRUE(digests.insert(digest(request, context)).second) << what;
  }
}

TEST(Digest, WhatDoesNotChangeTheEffectDoesNotCount) {
  auto request = recorded("deployment_set_image");
  const auto first = digest(request);
  request.uid = "another admission";
  request.dry_run = true;
  request.user.credential_id = "another token";
  request.user.groups = {"more"};
  EXPECT_EQ(digest(request), first);
}

TEST(Options, WhoAndHowStrictDoNotCountTheRestDoes) {
  const auto with = [](std::string_view options) {
    auto request = recorded("pod_delete");
    request.options = parse(options);
    return digest(request);
  };
  const auto plain = with("{}");
  EXPECT_EQ(with(R"({"fieldManager":"m","fieldValidation":"Strict","dryRun":["All"]})"), plain);
  std::set<std::string> digests = {plain};
  for (const auto* options :
       {R"({"propagationPolicy":"Orphan"})", R"({"propagationPolicy":"Foreground"})", R"({"orphanDependents":true})",
        R"({"orphanDependents":false})", R"({"gracePeriodSeconds":0})", R"({"gracePeriodSeconds":30})",
        R"({"preconditions":{"uid":"u"}})", R"({"preconditions":{"resourceVersion":"7"}})",
        R"({"ignoreStoreReadErrorWithClusterBreakingPotential":true})", R"({"fieldmanager":"m"})"})
    EXPECT_TRUE(digests.insert(with(options)).second) << options;
}

TEST(Options, AreShownWithoutWhatRepeatsTheOperation) {
  EXPECT_EQ(testing::describe(recorded("deployment_delete_orphan")).record.kubernetes()->options,
            R"({"propagationPolicy":"Orphan"})");
  EXPECT_EQ(testing::describe(recorded("deployment_set_image")).record.kubernetes()->options, "");
  EXPECT_EQ(testing::describe(recorded("exec_websocket")).record.kubernetes()->options, "");
}

// --- DELETE and CONNECT

TEST(Delete, CountsTheObjectByItsUidNotByWhatItHolds) {
  auto request = recorded("pod_delete");
  const auto first = digest(request);
  request.old_object.find_mutable("metadata")->set("labels", parse(R"({"moved":"on"})"));
  EXPECT_EQ(digest(request), first);
  request.old_object.find_mutable("metadata")->set("uid", "recreated");
  EXPECT_NE(digest(request), first);
}

TEST(Delete, OfACollectionTakesTheNameFromTheObject) {
  auto request = recorded("pod_delete");
  const auto first = digest(request);
  request.name.clear();
  EXPECT_EQ(digest(request), first);
}

TEST(Connect, EveryPartOfTheCommandCounts) {
  std::set<std::string> digests = {digest(recorded("exec_shell"))};
  for (const auto* edit :
       {R"({"stdin":false})", R"({"tty":true})", R"({"container":"other"})", R"({"command":["sh","-c","id"]})",
        R"({"command":["sh -c id"]})", R"({"command":[]})", R"({"later":"something"})"}) {
    auto request = recorded("exec_shell");
    for (const auto& [key, value] : parse(edit).members()) request.object.set(key, value);
    EXPECT_TRUE(digests.insert(digest(request)).second) << edit;
  }
}

TEST(Connect, ThePodsIdentityCounts) {
  const auto request = recorded("exec_shell");
  std::set<std::string> digests;
  const std::vector<std::optional<model::PodFacts>> pods = {
      std::nullopt,
      model::PodFacts{},
      model::PodFacts{.uid = "p1", .image_ids = {"i1"}},
      model::PodFacts{.uid = "p2", .image_ids = {"i1"}},
      model::PodFacts{.uid = "p1", .image_ids = {"i2"}},
      model::PodFacts{.uid = "p1", .image_ids = {"i1", "i2"}},
      model::PodFacts{.uid = "p1", .image_ids = {"i2", "i1"}},
      model::PodFacts{.uid = "p1", .image_ids = {"i1i2"}},
  };
  for (const auto& pod : pods) {
    auto context = testing::context();
    context.pod = pod;
    digests.insert(digest(request, context));
  }
  EXPECT_EQ(digests.size(), pods.size());
}

TEST(Connect, ThroughAProxyAnythingIsOneAction) {
  const auto proxy = [](std::string_view name, std::string_view path) {
    model::AdmissionRequest request = recorded("exec_shell");
    request.resource = {"", "v1", "services", "proxy"};
    request.name = name;
    request.object =
        parse(R"({"kind":"ServiceProxyOptions","apiVersion":"v1","path":)" + json::write(Value(path)) + "}");
    return digest(request);
  };
  EXPECT_EQ(proxy("web", "/healthz"), proxy("web", "/admin/delete"));
  EXPECT_NE(proxy("web", "/"), proxy("db", "/"));
}

}  // namespace
}  // namespace sallyport::action
