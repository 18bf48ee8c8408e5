#include "policy/policy_index.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/match.hpp"
#include "unit/policy/allocations.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using model::Policy;
using test::create;
using test::on;
using test::policy;
using test::rule;
using test::update;
using test::where;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const Candidates& candidates) {
  std::vector<std::string> names;
  for (const auto* each : candidates) names.push_back(each->policy().ref.name);
  return names;
}

struct Asked {
  ReadDepth concern;
  std::vector<std::string> unread;   // candidates without a selector_fields
  std::vector<std::string> glanced;  // and with one
};

Asked ask(std::vector<Policy> policies, const model::AdmissionRequest& request,
          const NamespaceFacts& ns = test::prod()) {
  const PolicyIndex index(std::move(policies));
  const auto agent = test::deployer();
  const auto* facts = request.namespace_name.empty() ? nullptr : &ns;
  const auto selector_fields = selector_fields_of(request);
  return {index.read_depth(request, agent, facts),
          names(index.candidates({index.effects(), request}, agent, facts, nullptr)),
          names(index.candidates({index.effects(), request}, agent, facts, &selector_fields))};
}

TEST(PolicyIndex, TheEnvelopeProvesThatNobodyIsConcerned) {
  const auto policies = [] {
    return std::vector<Policy>{policy("a", {on(rule({"*"}, "apps", {"deployments"}))}),
                               policy("b", {on(rule({"DELETE"}, "", {"configmaps"}))}),
                               policy("c", {on(rule({"*"}, "", {"configmaps"}))}, "dev")};
  };
  const auto asked = ask(policies(), create("configmaps"));
  EXPECT_EQ(asked.concern, ReadDepth::envelope);
  EXPECT_THAT(asked.unread, IsEmpty());
  EXPECT_EQ(ask(policies(), create("configmaps", "{}", "dev")).concern, ReadDepth::whole);
  EXPECT_EQ(ask(policies(), create("deployments.apps")).concern, ReadDepth::whole);
  EXPECT_EQ(ask({}, create("configmaps")).concern, ReadDepth::envelope);
}

TEST(PolicyIndex, LabelsDecideWhereThereAreSelectors) {
  const std::vector<Policy> policies = {policy("x", {on(rule({"*"}, "", {"configmaps"}), where("app", "x"))}),
                                        policy("y", {on(rule({"*"}, "", {"configmaps"}), where("app", "y"))})};
  const auto other = ask(policies, create("configmaps", R"({"metadata":{"labels":{"app":"z"}}})"));
  EXPECT_EQ(other.concern, ReadDepth::labels);
  EXPECT_THAT(other.unread, ElementsAre("x", "y"));
  EXPECT_THAT(other.glanced, IsEmpty());
  EXPECT_THAT(ask(policies, create("configmaps", R"({"metadata":{"labels":{"app":"y"}}})")).glanced, ElementsAre("y"));
}

TEST(PolicyIndex, WhereLabelsAreNotInTheReviewSelectorsCountAsMet) {
  const std::vector<Policy> policies = {
      policy("x", {on(rule({"*"}, "*", {"pods/exec", "*/scale", "secrets/*"}), where("app", "x"))})};
  for (const auto& request :
       {test::connect("pods/exec"), update("deployments.apps/scale", "{}", "{}"), create("secrets/odd")}) {
    const auto asked = ask(policies, request);
    EXPECT_EQ(asked.concern, ReadDepth::whole);
    EXPECT_THAT(asked.glanced, ElementsAre("x"));
  }
}

TEST(PolicyIndex, EachCandidateOnceInTheOrderOfNames) {
  const auto everything = rule({"*"}, "*", {"*", "configmaps", "*/*", "configmaps/*"});
  const auto here = rule({"*", "CREATE"}, "", {"configmaps"});
  const auto asked = ask({policy("b", {on(everything), on(here)}), policy("a", {on(here), on(here)}),
                          policy("c", {on(everything)}, "prod")},
                         create("configmaps"));
  EXPECT_THAT(asked.glanced, ElementsAre("c", "a", "b"));
}

TEST(PolicyIndex, KnowsWherePoliciesLive) {
  const PolicyIndex index({policy("a", {}, "prod"), policy("b", {})});
  EXPECT_TRUE(index.holds_policy("prod"));
  EXPECT_FALSE(index.holds_policy("dev"));
  EXPECT_FALSE(index.holds_policy(""));
}

// The three ways in which the benchmark spreads its policies.
std::vector<Policy> many(int count) {
  std::vector<Policy> policies;
  for (int i = 0; i < count; ++i) {
    const auto n = std::to_string(i);
    policies.push_back(policy("label" + n, {on(rule({"*"}, "apps", {"deployments"}), where("app", "app" + n))}));
    policies.push_back(
        policy("local" + n, {on(rule({"*"}, "apps", {"deployments"}), where("app", "app" + n))}, "prod"));
    policies.push_back(policy("other" + n, {on(rule({"*"}, "example.com", {"kind" + n}))}));
    policies.push_back(policy("ns" + n, {on(rule({"*"}, "*", {"*"}))}, "ns" + n));
    auto selected = policy("team" + n, {on(rule({"*"}, "apps", {"deployments"}))});
    selected.spec.namespace_selector = where("team", "team" + n);
    policies.push_back(std::move(selected));
  }
  return policies;
}

TEST(PolicyIndex, FindingNobodyAllocatesNothing) {
  const PolicyIndex index(many(200));
  const auto agent = test::deployer();
  const auto ns = test::prod({{"team", "none"}});
  const auto request = update("deployments.apps", R"({"metadata":{"labels":{"app":"none"}}})",
                              R"({"metadata":{"labels":{"app":"none"}}})");
  const auto selector_fields = selector_fields_of(request);
  const auto other = create("configmaps");
  const test::Allocations allocations;
  EXPECT_EQ(index.read_depth(other, agent, &ns), ReadDepth::envelope);
  EXPECT_EQ(index.read_depth(request, agent, &ns), ReadDepth::labels);
  EXPECT_TRUE(index.candidates({index.effects(), request}, agent, &ns, &selector_fields).empty());
  EXPECT_EQ(allocations.made(), 0u);
  const auto one = std::make_unique<int>(1);
  EXPECT_EQ(allocations.made(), 1u);  // it does count
}

TEST(PolicyIndex, ManyPoliciesForOneLabelAreFiledUnderTheRarerOne) {
  std::vector<Policy> policies;
  for (int i = 0; i < 100; ++i) {
    auto each = policy("p" + std::to_string(i), {on(rule({"*"}, "", {"configmaps"}), where("env", "prod"))});
    each.spec.namespace_selector = where("team", "team" + std::to_string(i));
    policies.push_back(std::move(each));
  }
  std::vector<CompiledPolicy> compiled(policies.begin(), policies.end());
  std::vector<Posting> postings;
  for (const auto& each : compiled) {
    postings.push_back({&each, &each.policy().spec.actions[0].object_selector, &each.policy().spec.namespace_selector});
  }
  const Bucket bucket(postings);
  int seen = 0;
  bucket.by_namespace_label().visit({{"team", "team7"}}, [&](const CompiledPolicy&) { ++seen; });
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(bucket.by_object_label().empty());
}

}  // namespace
}  // namespace sallyport::policy
