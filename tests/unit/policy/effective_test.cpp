#include "policy/effective.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> said_of(const model::PolicySpec& spec,
                                 const effects::Table& table = effects::Table::shipped()) {
  std::vector<std::string> said;
  model::Policy policy{.ref = {.kind = "ApprovalPolicy", .namespace_name = "prod", .name = "p"}, .spec = spec};
  for (const auto& each : find_ineffective(policy, {table})) said.push_back(each.reason + ": " + each.message);
  return said;
}

model::PolicySpec ignoring(const std::string& field, model::PolicyAction action) {
  model::PolicySpec spec;
  spec.actions = {std::move(action)};
  spec.ignored_fields = {{test::path(field)}};
  return spec;
}

model::PolicySpec of_rule(const std::string& group, const std::string& resource, const std::string& field = "") {
  model::PolicySpec spec;
  spec.actions = {test::on(test::rule({"*"}, group, {resource}))};
  if (!field.empty()) spec.actions[0].changed_fields = {test::path(field)};
  return spec;
}

TEST(Effective, AFieldThatDoesSomethingIsNotToBeIgnored) {
  const auto services = test::on(test::rule({"*"}, "", {"services"}));
  EXPECT_THAT(said_of(ignoring("spec.type", services)),
              ElementsAre(HasSubstr(
                  "IgnoresEffects: spec.ignoredFields: spec.type of services decides what a write does (Traffic")));
  EXPECT_THAT(said_of(ignoring("spec.ports[*].port", services)),
              ElementsAre(HasSubstr("spec.ports[*].port of services")));
  const auto promotion = test::on(model::Preset::pod_promotion);
  EXPECT_THAT(said_of(ignoring("spec.template.metadata.labels", promotion)), ElementsAre(HasSubstr("RunsCode")));
  // Where nothing of that kind is asked about, it is nobody's business.
  EXPECT_THAT(said_of(ignoring("spec.type", test::on(test::rule({"*"}, "apps", {"deployments"})))), IsEmpty());
}

TEST(Effective, WhatMayBeIgnored) {
  const auto deployments = test::on(test::rule({"*"}, "apps", {"deployments"}));
  for (const auto* field :
       {"spec.replicas", "metadata.labels.team", "metadata.annotations['example.com/note']",
        "spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt']",
        "metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']", "spec.noSuchField"}) {
    EXPECT_THAT(said_of(ignoring(field, deployments)), IsEmpty()) << field;
  }
}

// Of other projects' kinds a preset asks about anything that stands in their specs.
TEST(Effective, APresetsReplicasMayBeIgnored) {
  for (const auto preset : {model::Preset::pod_promotion, model::Preset::everything}) {
    EXPECT_THAT(said_of(ignoring("spec.replicas", test::on(preset))), IsEmpty());
  }
}

TEST(Effective, ByWhatAnInstallationHasAddedAsWell) {
  const auto table =
      effects::Table::with({{"example.com", "widgets", {{"spec.run", {model::Effect::identity}}}}}).value();
  const auto spec = ignoring("spec.run", test::on(test::rule({"*"}, "example.com", {"widgets"})));
  EXPECT_THAT(said_of(spec), IsEmpty());
  EXPECT_THAT(said_of(spec, table), ElementsAre(HasSubstr("spec.run of widgets.example.com")));
}

TEST(Effective, ARuleThatNothingCanMatch) {
  EXPECT_THAT(said_of(of_rule("apps", "deploymentz")),
              ElementsAre(HasSubstr(
                  "MatchesNothing: spec.actions[0].resourceRules[0].resources: Kubernetes has no deploymentz")));
  EXPECT_THAT(said_of(of_rule("", "deployments")), ElementsAre(HasSubstr("Kubernetes has no deployments")));
  EXPECT_THAT(said_of(of_rule("authorization.k8s.io", "subjectaccessreviews")),
              ElementsAre(HasSubstr("stores nothing")));
  for (const auto& [group, resource] :
       {std::pair("apps", "deployments"), std::pair("apps", "deployments/scale"), std::pair("", "pods/exec"),
        std::pair("*", "deploymentz"), std::pair("apps", "*"), std::pair("example.com", "widgets"),
        std::pair("metrics.k8s.io", "pods"), std::pair("apps", "*/scale")}) {
    EXPECT_THAT(said_of(of_rule(group, resource)), IsEmpty()) << group << "/" << resource;
  }
  auto several = of_rule("", "pods");
  several.actions[0].rules[0].api_groups = {"", "apps"};
  several.actions[0].rules[0].resources = {"pods", "deployments"};
  EXPECT_THAT(said_of(several), IsEmpty()) << "not each pair has to be there";
}

TEST(Effective, AChangedFieldThatThereIsNot) {
  EXPECT_THAT(said_of(of_rule("apps", "deployments", "spec.replica")),
              ElementsAre(HasSubstr("deployments.apps has no field spec.replica that this Sallyport knows")));
  for (const auto* field : {"spec.replicas", "spec.template.spec.containers[*].image",
                            "spec.template.spec.containers[0].env", "spec", "metadata.labels['a.b/c']"}) {
    EXPECT_THAT(said_of(of_rule("apps", "deployments", field)), IsEmpty()) << field;
  }
  EXPECT_THAT(said_of(of_rule("example.com", "widgets", "spec.replica")), IsEmpty())
      << "what a custom kind has is not known";
}

// Each sample of the chart is what people begin with.
TEST(Effective, OfPresetsNothingIsSaid) {
  for (const auto preset : {model::Preset::pod_promotion, model::Preset::deletion, model::Preset::everything}) {
    model::PolicySpec spec;
    spec.actions = {test::on(preset)};
    EXPECT_THAT(said_of(spec), IsEmpty());
  }
}

}  // namespace
}  // namespace sallyport::policy
