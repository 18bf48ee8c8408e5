#include "trial/question.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "trial/caller.hpp"
#include "trial/policies.hpp"

namespace sallyport::trial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

model::Policy policy(const std::string& more = "", const std::string& enforcement = "Enforce") {
  return *read_policy(*json::parse(
      R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ClusterApprovalPolicy","metadata":{"name":"p"},"spec":{"enforcement":")" +
      enforcement + R"(",)" + more +
      R"("actions":[{"preset":"Everything"}],"approval":{"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"g"}]}]}}})"));
}

Question asked(std::vector<model::Policy> policies, const char* kind = "configmaps") {
  Question question;
  question.request.operation = model::Operation::create;
  question.request.resource = {"", "v1", kind, ""};
  question.request.namespace_name = "shop";
  question.request.name = "x";
  question.request.object = *json::parse(R"({"metadata":{"name":"x"}})");
  question.policies = std::move(policies);
  question.ns = policy::NamespaceFacts{.name = "shop", .labels = {{"env", "prod"}}};
  return question;
}

TEST(Conclude, SaysWhatGatesIt) {
  const auto conclusion = conclude(asked({policy()}));
  EXPECT_EQ(conclusion.answer, Answer::gated);
  EXPECT_THAT(conclusion.outcome.gated, ElementsAre("cluster/p/owner"));
  EXPECT_EQ(conclusion.terms.policies.size(), 1u);
  EXPECT_EQ(conclude(asked({policy("", "Warn")})).answer, Answer::free);
  EXPECT_EQ(conclude(asked({})).answer, Answer::free);
}

// "Not gated" needs proof.
TEST(Conclude, WhatWasNotReadMakesNobodyAsksUnknown) {
  auto blind = asked({});
  blind.unread = {"the clusterapprovalpolicies: forbidden"};
  EXPECT_EQ(conclude(blind).answer, Answer::unknown);
  EXPECT_THAT(conclude(blind).unread, ElementsAre("the clusterapprovalpolicies: forbidden"));
  blind.policies = {policy()};
  EXPECT_EQ(conclude(blind).answer, Answer::gated);
}

TEST(Conclude, PoliciesForWhoeverWasNotNamedCount) {
  const auto for_agent = policy(R"("subjects":[{"kind":"Agent","name":"other"}],)");
  const auto for_user = policy(R"("subjects":[{"kind":"User","name":"other"}],)");
  auto question = asked({for_agent});
  EXPECT_EQ(conclude(question).answer, Answer::gated);
  EXPECT_THAT(
      conclude(question).notes,
      ElementsAre("ClusterApprovalPolicy p is for some agents alone; it counts here, since no agent was named"));
  question.agent = "deployer";
  EXPECT_EQ(conclude(question).answer, Answer::free);
  EXPECT_THAT(conclude(question).notes, IsEmpty());
  question.policies = {for_user};
  EXPECT_EQ(conclude(question).answer, Answer::gated);
  question.request.user = caller_named("system:serviceaccount:agents:deployer");
  EXPECT_EQ(conclude(question).answer, Answer::free);
}

TEST(Conclude, ANamespaceWhoseLabelsCanNotBeReadCountsAsSelected) {
  auto question = asked({policy(R"("namespaceSelector":{"matchLabels":{"env":"test"}},)")});
  EXPECT_EQ(conclude(question).answer, Answer::free);
  question.ns = std::nullopt;
  EXPECT_EQ(conclude(question).answer, Answer::gated);
}

TEST(Conclude, TheGuardRefusesAndSaysWhatItAssumes) {
  auto question = asked({}, "pods");
  question.request.object = *json::parse(R"({"metadata":{"name":"x"},"spec":{"serviceAccountName":"admin"}})");
  const auto conclusion = conclude(question);
  EXPECT_EQ(conclusion.answer, Answer::refused);
  EXPECT_THAT(conclusion.why, HasSubstr("admin"));
  ASSERT_EQ(conclusion.notes.size(), 1u);
  EXPECT_THAT(conclusion.notes.front(), HasSubstr("the guard is taken to be in Enforce"));
  question.request.user = caller_named("system:serviceaccount:shop:admin");
  EXPECT_EQ(conclude(question).answer, Answer::free);  // as itself
}

TEST(Conclude, TheGatesOwnWordCounts) {
  auto conclusion = conclude(asked({}));
  add_gate_word(conclusion, "");
  EXPECT_EQ(conclusion.answer, Answer::free);
  add_gate_word(conclusion, "it would need approval by bob");
  EXPECT_EQ(conclusion.answer, Answer::gated);
  EXPECT_EQ(conclusion.why, "it would need approval by bob");
}

}  // namespace
}  // namespace sallyport::trial
