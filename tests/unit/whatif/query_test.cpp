#include "whatif/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "whatif/caller.hpp"
#include "whatif/policies.hpp"
#include "whatif/test_file.hpp"

namespace sallyport::whatif {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

model::Policy policy(const std::string& more = "", const std::string& enforcement = "Enforce") {
  return *read_policy(*json::parse(
      R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ClusterApprovalPolicy","metadata":{"name":"p"},"spec":{"enforcement":")" +
      enforcement + R"(",)" + more +
      R"("actions":[{"preset":"Everything"}],"approval":{"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"g"}]}]}}})"));
}

Query asked(std::vector<model::Policy> policies, const char* kind = "configmaps") {
  Query query;
  query.request.operation = model::Operation::create;
  query.request.resource = {"", "v1", kind, ""};
  query.request.namespace_name = "shop";
  query.request.name = "x";
  query.request.object = *json::parse(R"({"metadata":{"name":"x"}})");
  query.policies = std::move(policies);
  query.ns = policy::NamespaceFacts{.name = "shop", .labels = {{"env", "prod"}}};
  return query;
}

TEST(Predict, SaysWhatGatesIt) {
  const auto prediction = predict(asked({policy()}));
  EXPECT_EQ(prediction.answer, Answer::gated);
  EXPECT_THAT(prediction.outcome.gated, ElementsAre("cluster/p/owner"));
  EXPECT_EQ(prediction.terms.policies.size(), 1u);
  EXPECT_EQ(predict(asked({policy("", "Warn")})).answer, Answer::free);
  EXPECT_EQ(predict(asked({})).answer, Answer::free);
}

// "Not gated" needs proof.
TEST(Predict, WhatWasNotReadMakesNobodyAsksUnknown) {
  auto blind = asked({});
  blind.unread = {"the clusterapprovalpolicies: forbidden"};
  EXPECT_EQ(predict(blind).answer, Answer::unknown);
  EXPECT_THAT(predict(blind).unread, ElementsAre("the clusterapprovalpolicies: forbidden"));
  blind.policies = {policy()};
  EXPECT_EQ(predict(blind).answer, Answer::gated);
}

constexpr auto kRuns = R"([{"group":"example.com","resource":"widgets","fields":{"spec.run":["RunsCode"]}}])";

// The chart's values say what a kind of others does.
TEST(Predict, GoesByTheEffectsThatAnInstallationAdds) {
  auto promotion = policy();
  promotion.spec.actions = {{.preset = model::Preset::pod_promotion}};
  auto query = asked({promotion}, "widgets");
  query.request.resource.group = "example.com";
  query.request.object = *json::parse(R"({"metadata":{"name":"x"},"spec":{"run":"a"}})");
  EXPECT_EQ(predict(query).answer, Answer::free);
  EXPECT_THAT(predict(query).notes, Contains(HasSubstr("name your values with --values")));
  query.effects = table_with(*json::parse(kRuns)).value();
  EXPECT_EQ(predict(query).answer, Answer::gated);
  EXPECT_THAT(predict(query).notes, Not(Contains(HasSubstr("--values"))));
  query.request.object = *json::parse(R"({"metadata":{"name":"x"},"spec":{"size":1}})");
  EXPECT_EQ(predict(query).answer, Answer::free);
}

TEST(Predict, PoliciesForWhoeverWasNotNamedCount) {
  const auto for_agent = policy(R"("subjects":[{"kind":"Agent","name":"other"}],)");
  const auto for_user = policy(R"("subjects":[{"kind":"User","name":"other"}],)");
  auto query = asked({for_agent});
  EXPECT_EQ(predict(query).answer, Answer::gated);
  EXPECT_THAT(
      predict(query).notes,
      ElementsAre("ClusterApprovalPolicy p is for some agents alone; it counts here, since no agent was named"));
  query.agent = "deployer";
  EXPECT_EQ(predict(query).answer, Answer::free);
  EXPECT_THAT(predict(query).notes, IsEmpty());
  query.policies = {for_user};
  EXPECT_EQ(predict(query).answer, Answer::gated);
  query.request.user = caller_named("system:serviceaccount:agents:deployer");
  EXPECT_EQ(predict(query).answer, Answer::free);
}

TEST(Predict, ANamespaceWhoseLabelsCanNotBeReadCountsAsSelected) {
  auto query = asked({policy(R"("namespaceSelector":{"matchLabels":{"env":"test"}},)")});
  EXPECT_EQ(predict(query).answer, Answer::free);
  query.ns = std::nullopt;
  EXPECT_EQ(predict(query).answer, Answer::gated);
}

TEST(Predict, TheGuardRefusesAndSaysWhatItAssumes) {
  auto query = asked({}, "pods");
  query.request.object = *json::parse(R"({"metadata":{"name":"x"},"spec":{"serviceAccountName":"admin"}})");
  const auto prediction = predict(query);
  EXPECT_EQ(prediction.answer, Answer::refused);
  EXPECT_THAT(prediction.why, HasSubstr("admin"));
  ASSERT_EQ(prediction.notes.size(), 1u);
  EXPECT_THAT(prediction.notes.front(), HasSubstr("the guard is taken to be in Enforce"));
  query.request.user = caller_named("system:serviceaccount:shop:admin");
  EXPECT_EQ(predict(query).answer, Answer::free);  // as itself
}

TEST(Predict, TheGatesOwnWordCounts) {
  auto prediction = predict(asked({}));
  add_gate_word(prediction, "");
  EXPECT_EQ(prediction.answer, Answer::free);
  add_gate_word(prediction, "it would need approval by bob");
  EXPECT_EQ(prediction.answer, Answer::gated);
  EXPECT_EQ(prediction.why, "it would need approval by bob");
}

}  // namespace
}  // namespace sallyport::whatif
