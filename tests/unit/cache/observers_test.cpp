#include <gtest/gtest.h>

#include "cache/namespace_observer.hpp"
#include "cache/policy_observer.hpp"
#include "json/json.hpp"

namespace sallyport::cache {
namespace {

json::Value object(const std::string& text) {
  return json::parse(text).value();
}

struct Policies {
  int changes = 0;
  PolicyObserver followed{"ApprovalPolicy", [this] { ++changes; }, [](auto) {}};

  // One that works, and of whose protection its status says this.
  void come(const std::string& status, const std::string& message) {
    const auto policy = object(
        R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ApprovalPolicy","metadata":{"namespace":"prod","name":"p","uid":"u","generation":1},"spec":{"enforcement":"Enforce","whilePending":"Reject","holdFor":"28s","actions":[{"preset":"Exec"}],)"
        R"("approval":{"pendingTimeout":"1h","validFor":"15m","uses":1,"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"oncall"}]}]}},)"
        R"("status":{"conditions":[)"
        R"({"type":"Ready","observedGeneration":1,"status":"True","reason":"InForce","message":"in other words"},)"
        R"({"type":"Protected","status":")" +
        status + R"(","reason":")" + (status == "True" ? "OutOfReach" : "Unprotected") + R"(","message":")" + message +
        R"("}]}})");
    followed.on_modified(policy);
    EXPECT_EQ(followed.all().begin()->second.policy.why_broken(), "");
  }
};

TEST(PolicyObserver, WhatProtectionLacksIsToldAnewWhenItIsSomethingElse) {
  Policies policies;
  policies.followed.set_unprotected("the gate is gone");
  policies.come("False", "the gate is gone");
  EXPECT_TRUE(policies.followed.take_due().empty());
  policies.followed.set_unprotected("a key is missing");
  EXPECT_EQ(policies.followed.take_due(), std::set<std::string>{"prod/p"});
}

TEST(PolicyObserver, WhatAnotherReplicaSaysOfProtectionIsNotContradicted) {
  Policies policies;
  policies.followed.set_unprotected("the gate is gone");
  policies.come("False", "a key is missing");
  EXPECT_TRUE(policies.followed.take_due().empty());
}

TEST(PolicyObserver, AGuardThatOnlyTakesNotesIsToldOnEachPolicy) {
  Policies policies;
  policies.followed.set_guard_mode(model::Enforcement::audit);
  policies.come("True", "nothing is missing");
  EXPECT_EQ(policies.followed.take_due(), std::set<std::string>{"prod/p"});
  const auto& followed = policies.followed.all().begin()->second;
  EXPECT_EQ(policies.followed.status_of(followed).guard.reason, "GuardInAudit");
}

constexpr const char* kOfAnOtherReplica =
    R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ApprovalPolicy","metadata":{"namespace":"prod","name":"p","uid":"u","generation":1},"spec":{"enforcement":"Enforce","whilePending":"Reject","holdFor":"28s","actions":[{"preset":"Exec"}],)"
    R"("approval":{"pendingTimeout":"1h","validFor":"15m","uses":1,"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"oncall"}]}]}},)"
    R"("status":{"conditions":[{"type":"Ready","observedGeneration":1,"status":"True","reason":"InForce","message":"m"},)"
    R"({"type":"GuardEnforced","observedGeneration":1,"status":"False","reason":"GuardInWarn","message":"m"}]}})";

// Whoever starts says how it is; two that run side by side do not contradict each other for ever.
TEST(PolicyObserver, AGuardThatRefusesAgainTakesTheNoteAwayAtItsStart) {
  Policies starts;
  starts.followed.on_added(object(kOfAnOtherReplica));
  EXPECT_EQ(starts.followed.take_due(), std::set<std::string>{"prod/p"});
  Policies runs;
  runs.followed.on_synced(1);
  runs.followed.on_modified(object(kOfAnOtherReplica));
  EXPECT_TRUE(runs.followed.take_due().empty());
}

TEST(PolicyObserver, SaysWhatAPolicyDoesNotDoThoughItIsInForce) {
  Policies policies;
  auto policy = object(kOfAnOtherReplica);
  policy.erase("status");
  auto& spec = *policy.find_mutable("spec");
  spec.set(
      "actions",
      object(
          R"([{"resourceRules":[{"apiGroups":["apps"],"apiVersions":["*"],"operations":["*"],"resources":["deploymentz"]}]}])"));
  policies.followed.on_added(policy);
  const auto status = policies.followed.status_of(policies.followed.all().begin()->second);
  EXPECT_EQ(status.ready.status, "True");
  EXPECT_EQ(status.effective.status, "False");
  EXPECT_EQ(status.effective.reason, "MatchesNothing");
  // Once that is written there is nothing to do, and a policy that is mended says so.
  EXPECT_EQ(policies.followed.take_due().size(), 1u);
  policy.set("status", wire::write_policy_status(status)["status"]);
  policies.followed.on_modified(policy);
  EXPECT_TRUE(policies.followed.take_due().empty());
  policy.find_mutable("metadata")->set("generation", 2);
  policy.find_mutable("spec")->set("actions", object(R"([{"preset":"Exec"}])"));
  policies.followed.on_modified(policy);
  EXPECT_EQ(policies.followed.take_due(), std::set<std::string>{"prod/p"});
  EXPECT_EQ(policies.followed.status_of(policies.followed.all().begin()->second).effective.status, "");
}

json::Value of_rule(const std::string& rule) {
  auto policy = object(kOfAnOtherReplica);
  policy.erase("status");
  policy.find_mutable("spec")->set("actions", object(R"([{"resourceRules":[)" + rule + "]}]"));
  return policy;
}

constexpr const char* kWidgets =
    R"({"apiGroups":["example.com"],"apiVersions":["*"],"operations":["*"],"resources":["widgets"]})";

std::shared_ptr<const model::Served> serving(const std::string& group) {
  model::Served served;
  served.groups[group] = {{.name = "v1", .resources = {{.name = "widgets", .singular = "widget"}}}};
  return std::make_shared<const model::Served>(std::move(served));
}

// Two replicas read at different times what is served.
TEST(PolicyObserver, WhatIsServedIsToldWhenItIsReadAndNotContradictedInBetween) {
  Policies policies;
  auto policy = of_rule(kWidgets);
  policies.followed.on_added(policy);
  const auto& followed = policies.followed.all().begin()->second;
  EXPECT_EQ(policies.followed.take_due().size(), 1u);
  EXPECT_EQ(policies.followed.status_of(followed).effective.status, "") << "nothing is known yet";
  policies.followed.set_served(serving("other.example.com"));
  EXPECT_EQ(policies.followed.take_due().size(), 1u);
  const auto missing = policies.followed.status_of(followed);
  EXPECT_EQ(missing.effective.reason, "MatchesNothing");
  EXPECT_TRUE(followed.by_served);
  policy.set("status", wire::write_policy_status(missing)["status"]);
  policies.followed.on_modified(policy);
  EXPECT_TRUE(policies.followed.take_due().empty());
  policies.followed.set_served(serving("other.example.com"));
  EXPECT_TRUE(policies.followed.take_due().empty());
  // Its CustomResourceDefinition comes.
  policies.followed.set_served(serving("example.com"));
  EXPECT_EQ(policies.followed.take_due().size(), 1u);
  EXPECT_EQ(policies.followed.status_of(followed).effective.status, "");
  // Another replica does not know it yet, and says so again: when this one reads again, it says otherwise.
  policies.followed.on_modified(policy);
  EXPECT_TRUE(policies.followed.take_due().empty());
  policies.followed.set_served(serving("example.com"));
  EXPECT_EQ(policies.followed.take_due().size(), 1u);
}

TEST(PolicyObserver, WhatAnotherReplicaHasFoundStandsUntilThisOneHasReadWhatIsServed) {
  Policies policies;
  auto policy = of_rule(kWidgets);
  policy.set(
      "status",
      object(
          R"({"conditions":[)"
          R"({"type":"Ready","observedGeneration":1,"status":"True","reason":"InForce","message":"m"},)"
          R"({"type":"Effective","observedGeneration":1,"status":"False","reason":"MatchesNothing","message":"m"}]})"));
  policies.followed.on_added(policy);
  EXPECT_TRUE(policies.followed.take_due().empty());
  policies.followed.set_served(serving("example.com"));
  EXPECT_EQ(policies.followed.take_due().size(), 1u);
}

TEST(PolicyObserver, AStatusChangesNothingThatIsInForce) {
  Policies policies;
  policies.come("True", "nothing is missing");
  policies.come("False", "a key is missing");
  EXPECT_EQ(policies.changes, 1);
}

TEST(NamespaceObserver, OnlyWhatPoliciesAreMatchedByIsAChange) {
  int changes = 0;
  NamespaceObserver namespaces([&] { ++changes; });
  const auto come = [&](const std::string& more) {
    namespaces.on_modified(object(R"({"metadata":{"name":"prod","uid":"u",)" + more + "}}"));
    return std::exchange(changes, 0);
  };
  EXPECT_EQ(come(R"("labels":{"team":"shop"})"), 1);
  EXPECT_EQ(come(R"("labels":{"team":"shop"},"annotations":{"touched":"now"},"resourceVersion":"7")"), 0);
  EXPECT_EQ(come(R"("labels":{"team":"bank"})"), 1);
  EXPECT_EQ(come(R"("labels":{"team":"bank"},"deletionTimestamp":"2026-01-01T00:00:00Z")"), 1);
}

}  // namespace
}  // namespace sallyport::cache
