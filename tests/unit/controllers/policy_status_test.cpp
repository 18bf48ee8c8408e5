#include "controllers/policy_status.hpp"

#include "api_fixture.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

constexpr auto kPolicy =
    R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ApprovalPolicy","metadata":{"namespace":"prod","name":"p","uid":"u","generation":1},"spec":{"enforcement":"Enforce","whilePending":"Reject","holdFor":"28s","actions":[{"preset":"Exec"}],)"
    R"("approval":{"pendingTimeout":"1h","validFor":"15m","uses":1,"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"oncall"}]}]}}})";
const std::string kStatus = "PATCH /apis/sallyport.dev/v1alpha1/namespaces/prod/approvalpolicies/p/status";

struct PolicyStatusTest : ApiFixture {
  cache::Caches caches{
      io.get_executor(),
      kube::Worker(),
      *api,
      [] {},
      [](auto) {},
      cache::RequestObserver([](auto) {}, [](const auto&, const auto&) {}, [](auto) {}, [](const auto&) {}),
      effects::shipped_table()};
  PolicyStatusController controller{runner, *api, caches};
};

TEST_F(PolicyStatusTest, APolicyIsToldOnceThatItIsInForce) {
  give(kStatus, "{}");
  int published = 0;
  caches.publisher.publish_to([&](const auto&) { ++published; });
  caches.policies.on_added(parsed(kPolicy));
  runner.spawn("policy-status", controller.run());
  clock.advance(500ms);
  ASSERT_TRUE(until([&] { return calls(kStatus) == 1; }));
  EXPECT_EQ(published, 1) << "what is said to be in force is";
  const auto written = parsed(server.calls().back().body);
  EXPECT_EQ(written["status"]["conditions"].items()[0]["type"].text(), "Ready");
  EXPECT_EQ(written["status"]["conditions"].items()[0]["status"].text(), "True");
  clock.advance(1min);
  clock.settle();
  EXPECT_EQ(calls(kStatus), 1u);
}

TEST_F(PolicyStatusTest, WhatCouldNotBeWrittenIsTriedAgainTheMoreRarely) {
  fail_with(kStatus, 500);
  caches.policies.on_added(parsed(kPolicy));
  runner.spawn("policy-status", controller.run());
  std::size_t tries = 0;
  for (int i = 0; i < 20; ++i) {
    clock.advance(500ms);
    until([&] { return calls(kStatus) > tries; });
  }
  EXPECT_GE(calls(kStatus), 3u);
  EXPECT_LE(calls(kStatus), 6u) << "after 0.5, 1, 2, 4 s";
  give(kStatus, "{}");
  tries = calls(kStatus);
  clock.advance(30s);
  ASSERT_TRUE(until([&] { return calls(kStatus) == tries + 1; }));
}

// The API server's answer to a policy that was deleted meanwhile.
TEST_F(PolicyStatusTest, OneThatIsGoneIsLeftAlone) {
  caches.policies.on_added(parsed(kPolicy));
  runner.spawn("policy-status", controller.run());
  clock.advance(500ms);
  ASSERT_TRUE(until([&] { return calls(kStatus) == 1; }));
  clock.advance(1min);
  clock.settle();
  EXPECT_EQ(calls(kStatus), 1u);
}

}  // namespace
}  // namespace sallyport::controllers
