#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/effective.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::vector<std::string> kWrites = {"get", "patch", "update"};

model::Served served() {
  model::Served all;
  all.groups["apps"] = {
      {.name = "v1",
       .resources = {
           {.name = "deployments", .singular = "deployment", .parts = {{"scale", kWrites}, {"status", kWrites}}}}}};
  all.groups[""] = {{.name = "v1",
                     .resources = {{.name = "pods",
                                    .singular = "pod",
                                    .parts = {{"eviction", {"create"}},
                                              {"exec", {"create", "get"}},
                                              {"ephemeralcontainers", kWrites},
                                              {"log", {"get"}}}},
                                   {.name = "namespaces", .singular = "namespace", .namespaced = false},
                                   {.name = "nodes", .singular = "node", .namespaced = false}}}};
  all.groups["example.com"] = {{.name = "v1", .resources = {{.name = "widgets", .singular = "widget"}}},
                               {.name = "v2", .resources = {{.name = "widgets", .singular = "widget"}}}};
  all.groups["metrics.k8s.io"] = {{.name = "v1beta1", .is_known = false, .resources = {}}};
  return all;
}

model::Policy of(std::vector<model::ResourceRule> rules, bool for_cluster = false) {
  model::Policy policy{.ref = {.namespace_name = for_cluster ? "" : "prod", .name = "p"}};
  policy.spec.actions = {{.rules = std::move(rules)}};
  return policy;
}

std::vector<std::string> said_of(const model::Policy& policy) {
  const auto all = served();
  std::vector<std::string> said;
  for (const auto& each : find_ineffective(policy, {effects::Table::shipped(), &all}))
    said.push_back(each.reason + ": " + each.message);
  return said;
}

TEST(EffectiveServed, WhatThereIsNot) {
  const struct {
    model::ResourceRule rule;
    std::string said;
  } cases[] = {
      {test::rule({"*"}, "app", {"deployments"}), "serves no group \"app\""},
      {test::rule({"*"}, "core", {"pods"}), "the core group is written \"\""},
      {test::rule({"*"}, "example.com", {"gadgets"}), "resources: the API server serves no gadgets in the groups"},
      {test::rule({"*"}, "example.com", {"widget"}), "write widgets."},
      {test::rule({"*"}, "example.com", {"widgets/scale"}), "serves no widgets/scale"},
      {test::rule({"*"}, "example.com", {"widgets"}, {"v1beta1"}),
       "serves widgets as v1, v2 and in none of these versions"},
      {test::rule({"*"}, "", {"nodes"}), "nodes stand in no namespace"},
  };
  for (const auto& each : cases) {
    EXPECT_THAT(said_of(of({each.rule})), ElementsAre(HasSubstr(each.said))) << each.said;
    model::Policy excepting = of({test::rule({"CREATE"}, "apps", {"deployments"})});
    excepting.spec.except = {each.rule};
    EXPECT_THAT(said_of(excepting), ElementsAre(HasSubstr("spec.except[0]"))) << each.said;
  }
}

TEST(EffectiveServed, WhatThereIs) {
  for (const auto& rule :
       {test::rule({"CREATE"}, "apps", {"deployments"}), test::rule({"*"}, "example.com", {"widgets"}, {"v3", "v2"}),
        test::rule({"*"}, "*", {"widgets"}), test::rule({"*"}, "example.com", {"*"}),
        test::rule({"*"}, "*", {"*/scale"}), test::rule({"*"}, "apps", {"deployments/*"}),
        test::rule({"*"}, "", {"namespaces"}), test::rule({"*"}, "metrics.k8s.io", {"anything"})}) {
    EXPECT_THAT(said_of(of({rule})), IsEmpty()) << rule.resources.front();
  }
  EXPECT_THAT(said_of(of({test::rule({"*"}, "", {"nodes"})}, true)), IsEmpty());
  auto several = test::rule({"CREATE"}, "apps", {"deployments", "widgets"});
  several.api_groups.emplace_back("example.com");
  EXPECT_THAT(said_of(of({several})), IsEmpty()) << "not each pair has to be there";
}

TEST(EffectiveServed, WhatAPartOfAResourceDoesUnasked) {
  const auto updates = test::rule({"UPDATE"}, "apps", {"deployments"});
  EXPECT_THAT(said_of(of({updates})),
              ElementsAre(HasSubstr("WalkedAround: spec.actions[0].resourceRules: the same can be done "
                                    "by deployments/scale, which")));
  EXPECT_THAT(said_of(of({updates, test::rule({"*"}, "apps", {"*/scale"})})), IsEmpty());
  EXPECT_THAT(said_of(of({test::rule({"CREATE", "DELETE"}, "apps", {"deployments"})})), IsEmpty());
  EXPECT_THAT(said_of(of({test::rule({"*"}, "", {"pods"})})),
              ElementsAre(HasSubstr("by pods/ephemeralcontainers, pods/eviction")));

  auto beside = of({updates});
  beside.spec.actions.push_back(test::on(model::Preset::pod_promotion));
  EXPECT_THAT(said_of(beside), IsEmpty()) << "a preset asks about it";

  auto images = of({updates});
  images.spec.actions[0].changed_fields = {test::path("spec.template.spec.containers[*].image")};
  EXPECT_THAT(said_of(images), IsEmpty()) << "scale changes no image";
  for (const auto* field : {"spec.replicas", "spec"}) {
    images.spec.actions[0].changed_fields = {test::path(field)};
    EXPECT_THAT(said_of(images), ElementsAre(StartsWith("WalkedAround"))) << field;
  }
}

TEST(EffectiveServed, OnlyWhatMayBeServedLaterIsWaitedFor) {
  const auto all = served();
  const auto by_served = [&all](const model::Policy& policy) {
    return find_ineffective(policy, {effects::Table::shipped(), &all}).at(0).by_served;
  };
  EXPECT_TRUE(by_served(of({test::rule({"*"}, "argoproj.io", {"applications"})})));
  EXPECT_FALSE(by_served(of({test::rule({"UPDATE"}, "apps", {"deployments"})})));
}

TEST(EffectiveServed, WithoutAnApiServerTheCoreGroupsNameIsKnown) {
  const auto found = find_ineffective(of({test::rule({"*"}, "core", {"pods"})}), {effects::Table::shipped()});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].message, HasSubstr("the core group is written \"\""));
}

TEST(EffectiveServed, SubjectsThatAreNoAgents) {
  const std::vector<model::Agent> by_name = {
      {.name = "deployer", .users = {"bot"}, .service_accounts = {"agents/deployer"}},
      {.name = "ci", .namespaces = {"ci"}}};
  auto by_group = by_name;
  by_group[0].groups = {"robots"};
  using Kind = model::Subject::Kind;
  const struct {
    model::Subject subject;
    bool is_known, may_be;
  } cases[] = {
      {{Kind::agent, "deployer", ""}, true, true},
      {{Kind::agent, "depoyer", ""}, false, false},
      {{Kind::user, "bot", ""}, true, true},
      {{Kind::user, "alice", ""}, false, true},
      {{Kind::service_account, "any", "ci"}, true, true},
      {{Kind::service_account, "deployer", "agents"}, true, true},
      {{Kind::service_account, "x", "agents"}, false, true},
      {{Kind::group, "anything", ""}, true, true},
  };
  for (const auto& each : cases) {
    auto policy = of({test::rule({"CREATE"}, "apps", {"deployments"})});
    policy.spec.subjects = {each.subject};
    const auto said = [&](const auto& agents) {
      return find_ineffective(policy, {effects::Table::shipped(), nullptr, &agents});
    };
    EXPECT_EQ(said(by_name).empty(), each.is_known) << each.subject.name;
    EXPECT_EQ(said(by_group).empty(), each.may_be) << each.subject.name;
  }
  auto policy = of({test::rule({"CREATE"}, "apps", {"deployments"})});
  policy.spec.subjects = {{Kind::agent, "depoyer", ""}};
  const auto found = find_ineffective(policy, {effects::Table::shipped(), nullptr, &by_name});
  EXPECT_EQ(found.at(0).reason, "UnknownAgent");
  EXPECT_THAT(found[0].message, HasSubstr("\"depoyer\" is no agent of this installation (deployer, ci)"));
}

}  // namespace
}  // namespace sallyport::policy
