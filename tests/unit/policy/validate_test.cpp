#include "policy/validate.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using namespace std::chrono_literals;
using model::PolicySpec;
using test::on;
using test::rule;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = model::Approver::Kind;

PolicySpec good() {
  return test::policy("p", {on(rule({"UPDATE"}, "apps", {"deployments", "deployments/scale"}), {},
                               {"spec.template.spec.containers[*].image"})})
      .spec;
}

using Edit = std::function<void(PolicySpec&)>;

Edit ignores(std::string_view text) {
  return [text](PolicySpec& spec) { spec.ignored_fields = {test::path(text)}; };
}
Edit acts(model::PolicyAction action) {
  return [action](PolicySpec& spec) { spec.actions = {action}; };
}
Edit requires_all(std::vector<model::Requirement> requirements) {
  return [requirements](PolicySpec& spec) { spec.approval.requirements = requirements; };
}

TEST(Validate, WhatWorksHasNoProblems) {
  const Edit edits[] = {
      [](PolicySpec&) {},
      acts(on(model::Preset::exec)),
      acts(on(rule({"CONNECT"}, "", {"pods/exec", "nodes/proxy"}))),
      acts(on(rule({"*"}, "*", {"*", "*/*", "pods/*", "*/scale"}))),
      ignores("metadata.annotations['example.com/checksum']"),
      ignores("spec.template.metadata.annotations['example.com/checksum']"),
      ignores("spec.replicas"),
      [](PolicySpec& spec) { spec.ignored_fields.emplace(); },
      [](PolicySpec& spec) { spec.approval.valid_for = 24h; },
      [](PolicySpec& spec) { spec.subjects = {{model::Subject::Kind::service_account, "a", "b"}}; },
      requires_all({{"a", 5, {{Kind::group, "g"}}}}),
      requires_all({{"a", 1, {{Kind::user, "alice"}, {Kind::user, "bob"}}}, {"b", 1, {{Kind::user, "alice"}}}}),
      requires_all({{"a", 1, {{Kind::user, "alice"}}}, {"b", 1, {{Kind::user, "alice"}, {Kind::group, "g"}}}}),
  };
  for (std::size_t i = 0; i < std::size(edits); ++i) {
    auto spec = good();
    edits[i](spec);
    EXPECT_THAT(validate(spec), IsEmpty()) << "case " << i;
  }
}

TEST(Validate, EachWayNotToWork) {
  struct Case {
    Edit edit;
    std::string problem;
  };
  const auto preset_with_fields = [] {
    auto action = on(model::Preset::pod_promotion);
    action.changed_fields = {test::path("spec.replicas")};
    return action;
  }();
  const auto preset_with_rules = [] {
    auto action = on(rule({"*"}, "", {"pods"}));
    action.preset = model::Preset::exec;
    return action;
  }();
  const auto without_versions = on(rule({"*"}, "", {"pods"}, {}));
  const Case cases[] = {
      {[](PolicySpec& spec) { spec.actions.clear(); }, "spec.actions is empty"},
      {acts({}), "spec.actions[0] needs one of preset, effects and resourceRules"},
      {acts(preset_with_rules), "spec.actions[0] needs one of preset, effects and resourceRules"},
      {acts(preset_with_fields), "changedFields goes with resourceRules"},
      {acts(on(rule({"CREATE"}, "", {"pods"}), {}, {"spec.a"})), "no rule has operation UPDATE"},
      {acts(without_versions), "spec.actions[0].resourceRules[0] needs apiGroups"},
      {acts(on(rule({"PATCH"}, "", {"pods"}))), "\"PATCH\" is no operation"},
      {acts(on(rule({"*"}, "", {"Pod"}))), "\"Pod\" is no resource"},
      {acts(on(rule({"*"}, "", {"pods/"}))), "\"pods/\" is no resource"},
      {acts(on(rule({"*"}, "", {"pods/exec/x"}))), "is no resource"},
      {acts(on(rule({"CREATE"}, "", {"pods/exec"}))), "only ever called with operation CONNECT"},
      {acts(on(rule({"*"}, "", {"pods"}), test::where("env", model::LabelRequirement::Operator::in))),
       "\"env\" needs values"},
      {acts(on(rule({"*"}, "", {"pods"}), test::where("env", model::LabelRequirement::Operator::exists, {"x"}))),
       "may have no values"},
      {[](PolicySpec& spec) { spec.except = {rule({"x"}, "", {"pods"})}; }, "spec.except[0].operations"},
      {[](PolicySpec& spec) { spec.namespace_selector = test::where("", "x"); },
       "spec.namespaceSelector has a requirement without a key"},
      {[](PolicySpec& spec) { spec.subjects = {{model::Subject::Kind::service_account, "a", ""}}; },
       "needs a namespace"},
      {[](PolicySpec& spec) { spec.subjects = {{model::Subject::Kind::user, "", ""}}; },
       "spec.subjects[0].name is empty"},
      {requires_all({}), "spec.approval.requirements is empty"},
      {requires_all({{"a", 0, {{Kind::user, "alice"}}}}), "count is 0"},
      {requires_all({{"a", 1, {}}}), "approvers is empty"},
      {requires_all({{"a/b", 1, {{Kind::user, "alice"}}}}), "name must be a word"},
      {requires_all({{"a", 1, {{Kind::user, ""}}}}), "without a name"},
      {requires_all({{"a", 1, {{Kind::user, "system:admin"}}}}), "is no person"},
      {requires_all({{"a", 1, {{Kind::group, "g"}}}, {"a", 1, {{Kind::group, "g"}}}}), "two requirements of the name"},
      {requires_all({{"a", 2, {{Kind::user, "alice"}, {Kind::user, "alice"}}}}), "can never all be met"},
      {requires_all({{"a", 1, {{Kind::user, "alice"}}}, {"b", 1, {{Kind::user, "alice"}}}}), "can never all be met"},
      {[](PolicySpec& spec) { spec.approval.uses = 0; }, "uses is 0"},
      {[](PolicySpec& spec) { spec.approval.valid_for = 24h + 1s; }, "validFor must be more than zero and at most 24h"},
      {[](PolicySpec& spec) { spec.approval.valid_for = 0s; }, "validFor must be"},
      {[](PolicySpec& spec) { spec.approval.pending_timeout = 0s; }, "pendingTimeout must be"},
      {[](PolicySpec& spec) { spec.hold_for = 29s; }, "holdFor must be more than zero and at most 28s"},
      {[](PolicySpec& spec) { spec.wait_for = 301s; }, "waitFor must be more than zero and at most 5m"},
      {[](PolicySpec& spec) { spec.wait_for = 0s; }, "waitFor must be more than zero and at most 5m"},
  };
  for (const auto& each : cases) {
    auto spec = good();
    each.edit(spec);
    EXPECT_THAT(validate(spec), ElementsAre(HasSubstr(each.problem))) << each.problem;
  }
}

TEST(Validate, AddsToWhatReadingHasFoundButNotWhatFollowsFromIt) {
  model::Policy policy{.ref = {.name = "p"}, .spec = good()};
  policy.faults = {"spec.actions[0].effects: \"x\" is not known", "spec.approval: is missing"};
  policy.spec.actions = {{}};
  policy.spec.approval = {};
  policy.spec.wait_for = 0s;
  policy.spec.subjects = {{model::Subject::Kind::user, "", ""}};
  add_faults(policy);
  EXPECT_THAT(policy.faults, ElementsAre(HasSubstr("effects"), "spec.approval: is missing",
                                         HasSubstr("spec.subjects[0].name"), HasSubstr("spec.waitFor must be")));
  policy.faults = {"spec.actions[10]: must be an object"};
  policy.spec = good();
  policy.spec.actions = {{}, {}};
  add_faults(policy);
  EXPECT_EQ(policy.faults.size(), 3u) << "spec.actions[1] is another place than spec.actions[10]";
}

TEST(Validate, HoldForIsToBeReplaced) {
  auto spec = good();
  EXPECT_THAT(find_deprecated(spec), IsEmpty());
  spec.hold_for = 28s;
  EXPECT_THAT(validate(spec), IsEmpty());
  EXPECT_THAT(find_deprecated(spec), ElementsAre(HasSubstr("spec.holdFor is deprecated")));
}

TEST(Validate, WhatMayNotBeIgnored) {
  for (const auto* text :
       {"spec", "spec.template", "spec.template.spec", "spec.template.spec.containers[*].image", "spec.jobTemplate",
        "spec.jobTemplate.spec.template.spec.volumes", "rules", "rules[0].verbs", "subjects", "roleRef.name", "data",
        "data['key.x']", "stringData", "binaryData", "webhooks[*]", "aggregationRule"}) {
    auto spec = good();
    spec.ignored_fields = {test::path(text)};
    EXPECT_THAT(validate(spec), ElementsAre(HasSubstr(text))) << text;
  }
}

TEST(Validate, APodsSpecMayNotBeIgnoredWherePodsAreMeant) {
  for (const auto& action : {on(rule({"*"}, "", {"pods"})), on(rule({"*"}, "*", {"*"})),
                             on(rule({"*"}, "", {"pods/*"})), on(model::Preset::pod_promotion)}) {
    auto spec = good();
    spec.actions = {action};
    spec.ignored_fields = {test::path("spec.activeDeadlineSeconds")};
    EXPECT_THAT(validate(spec), ElementsAre(HasSubstr("spec.activeDeadlineSeconds")));
    spec.ignored_fields = {test::path("metadata.labels.a")};
    EXPECT_THAT(validate(spec), IsEmpty());
  }
}

}  // namespace
}  // namespace sallyport::policy
