#include "serve/followed.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::serve {
namespace {

json::Value object(const std::string& text) {
  return json::parse(text).value();
}

struct Policies {
  int changes = 0;
  FollowedPolicies followed{"ApprovalPolicy", [this] { ++changes; }, [](auto) {}};

  // One that works, and of whose protection its status says this.
  void come(const std::string& status, const std::string& message) {
    followed.on_modified(object(
        R"({"metadata":{"namespace":"prod","name":"p","uid":"u","generation":1},"spec":{"actions":[{"preset":"Exec"}],)"
        R"("approval":{"requirements":[{"name":"owner","approvers":[{"kind":"Group","name":"oncall"}]}]}},)"
        R"("status":{"observedGeneration":1,"conditions":[)"
        R"({"type":"Ready","status":"True","reason":"InForce","message":"in other words"},)"
        R"({"type":"Protected","status":")" +
        status + R"(","reason":")" + (status == "True" ? "OutOfReach" : "Unprotected") + R"(","message":")" + message +
        R"("}]}})"));
  }
};

TEST(FollowedPolicies, WhatProtectionLacksIsToldAnewWhenItIsSomethingElse) {
  Policies policies;
  policies.followed.set_unprotected("the gate is gone");
  policies.come("False", "the gate is gone");
  EXPECT_TRUE(policies.followed.take_untold().empty());
  policies.followed.set_unprotected("a key is missing");
  EXPECT_EQ(policies.followed.take_untold(), std::set<std::string>{"prod/p"});
}

TEST(FollowedPolicies, WhatAnotherReplicaSaysOfProtectionIsNotContradicted) {
  Policies policies;
  policies.followed.set_unprotected("the gate is gone");
  policies.come("False", "a key is missing");
  EXPECT_TRUE(policies.followed.take_untold().empty());
}

TEST(FollowedPolicies, AStatusChangesNothingThatIsInForce) {
  Policies policies;
  policies.come("True", "all is well");
  policies.come("False", "a key is missing");
  EXPECT_EQ(policies.changes, 1);
}

TEST(FollowedNamespaces, OnlyWhatPoliciesAreMatchedByIsAChange) {
  int changes = 0;
  FollowedNamespaces namespaces([&] { ++changes; });
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
}  // namespace sallyport::serve
