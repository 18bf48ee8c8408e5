#include "controllers/protection.hpp"

#include "api_fixture.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

const std::string kGate = "GET /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport-gate";
const std::string kPolicy = "GET /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/sallyport-requests";
const std::string kReview = "POST /apis/authorization.k8s.io/v1/subjectaccessreviews";

struct ProtectionTest : ApiFixture {
  ProtectionTest() {
    give(kGate, R"({"metadata":{"name":"sallyport-gate"},"webhooks":[{"name":"gate"}]})");
    give(kPolicy, R"({"metadata":{"name":"sallyport-requests"},"spec":{"failurePolicy":"Fail"}})");
    give(kReview, R"({"status":{"allowed":false}})");
  }
  void check_rights() {
    runner.spawn("protection", protection.run());
    ASSERT_TRUE(until([&] {
      clock.advance(std::chrono::milliseconds(10));  // they are asked about in turn
      return protection.rights_are_known();
    }));
  }
  void look_for_drift() {
    bool looked = false;
    boost::asio::co_spawn(io, protection.look_for_drift(), [&](const std::exception_ptr&) { looked = true; });
    ASSERT_TRUE(until([&] { return looked; }));
  }

  static std::vector<model::Agent> one_agent() {
    model::Agent agent;
    agent.name = "deployer";
    agent.users = {"deployer"};
    return {agent};
  }

  std::vector<model::Agent> agents = one_agent();
  kube::Readiness readiness{{cache::kAdmissionPolicy}};
  cache::Caches caches{
      io.get_executor(),
      kube::Worker(),
      *api,
      [] {},
      [](auto) {},
      cache::RequestObserver([](auto) {}, [](const auto&, const auto&) {}, [](auto) {}, [](const auto&) {}),
      effects::shipped_table()};
  kube::ShippedGate gate{
      .release = "sallyport",
      .namespace_name = "sallyport-system",
      .parts = {
          {kube::kGateRole, kube::kValidatingWebhooks, "sallyport-gate", "webhooks", parsed(R"([{"name":"gate"}])")},
          {"policy", kube::kAdmissionPolicies, "sallyport-requests", "spec", parsed(R"({"failurePolicy":"Fail"})")}}};
  Protection protection{runner, *api,   journal, readiness,
                        caches, agents, gate,    {"sallyport-gate", "sallyport-requests", "sallyport-system", {}}};
};

TEST_F(ProtectionTest, WhereAllStandsItIsProtectedAndNothingIsLogged) {
  look_for_drift();
  check_rights();
  EXPECT_EQ(protection.why_unprotected(), "");
  EXPECT_EQ(readiness.why_not(clock.steady()), std::nullopt);
  EXPECT_TRUE(journal.records.empty());
}

TEST_F(ProtectionTest, AGateThatIsGoneIsToldFirstAndStopsNoDecision) {
  answers.erase(kGate);
  look_for_drift();
  protection.set_keys_missing("log.key is gone");
  check_rights();
  EXPECT_EQ(protection.why_unprotected(),
            "ValidatingWebhookConfiguration sallyport-gate does not exist, so agents may pass without being asked");
  EXPECT_EQ(readiness.why_not(clock.steady()), std::nullopt);
  EXPECT_EQ(journal.count("unprotected"), 1u);
}

TEST_F(ProtectionTest, AnAdmissionPolicyThatIsChangedStopsEveryDecision) {
  look_for_drift();
  give(kPolicy, R"({"metadata":{"name":"sallyport-requests"},"spec":{"failurePolicy":"Ignore"}})");
  look_for_drift();
  EXPECT_NE(readiness.why_not(clock.steady()), std::nullopt);
  give(kPolicy, R"({"metadata":{"name":"sallyport-requests"},"spec":{"failurePolicy":"Fail"}})");
  look_for_drift();
  EXPECT_EQ(readiness.why_not(clock.steady()), std::nullopt);
}

TEST_F(ProtectionTest, WhatChangesIsLoggedOnceAndTheReturnToo) {
  look_for_drift();
  check_rights();
  protection.set_keys_missing("log.key is gone");
  protection.set_keys_missing("log.key is gone");
  EXPECT_EQ(journal.count("unprotected"), 1u);
  EXPECT_EQ(journal.records.back().fields["why"].text(), "a key is missing: log.key is gone");
  protection.set_keys_missing("");
  EXPECT_EQ(journal.count("protected"), 1u);
  EXPECT_EQ(journal.records.size(), 2u);
}

// Else a start would be told as protected for as long as the rights are not known yet.
TEST_F(ProtectionTest, NothingIsSaidBeforeAllOfItIsKnown) {
  protection.set_keys_missing("log.key is gone");
  look_for_drift();
  EXPECT_TRUE(journal.records.empty());
}

TEST_F(ProtectionTest, ARightThatLeadsAroundTheGateIsNamed) {
  give(kReview, R"({"status":{"allowed":true}})");
  look_for_drift();
  check_rights();
  EXPECT_NE(protection.why_unprotected().find("deployer"), std::string::npos) << protection.why_unprotected();
  EXPECT_EQ(journal.count("unprotected"), 1u);
}

}  // namespace
}  // namespace sallyport::controllers
