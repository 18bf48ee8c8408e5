#include "cache/snapshot_publisher.hpp"

#include <new>
#include <semaphore>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::cache {
namespace {

json::Value policy(const std::string& name) {
  return json::
      parse(R"({"apiVersion":"sallyport.dev/v1alpha1","kind":"ApprovalPolicy","metadata":{"namespace":"prod","name":")" +
            name + R"(","uid":"u-)" + name +
            R"(","generation":1},"spec":{"enforcement":"Enforce","whilePending":"Reject","holdFor":"28s","actions":[{"preset":"Exec"}],)"
            R"("approval":{"pendingTimeout":"1h","validFor":"15m","uses":1,"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"oncall"}]}]}}})")
          .value();
}

// The index is built on a worker that a test can hold up.
struct SnapshotPublisherTest : testing::Test {
  SnapshotPublisherTest() {
    publisher.publish_to([this](const auto& snapshot) { published.push_back(snapshot); });
    for (int i = 0; i < 10; ++i) policies.on_added(policy("p" + std::to_string(i)));  // worth the way to the worker
  }
  void hold_the_worker() {
    boost::asio::post(worker, [this] { held.acquire(); });
  }
  void publish() { run(publisher.publish()); }
  void confirm(Duration as_of) { run(publisher.confirm(as_of)); }
  void run(boost::asio::awaitable<void> work) {
    boost::asio::co_spawn(io, std::move(work), [this](const std::exception_ptr& error) {
      failed += error ? 1 : 0;
      ++ended;
    });
    io.restart();
    io.poll();
  }
  void wait_for_all(int count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (ended < count && std::chrono::steady_clock::now() < deadline) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds(5));
    }
    ASSERT_EQ(ended, count);
  }
  static std::size_t count_in(const std::shared_ptr<const admission::PolicySnapshot>& snapshot) {
    return snapshot->policies ? snapshot->policies->policies().size() : 0;
  }

  boost::asio::io_context io;
  std::binary_semaphore held{0};
  PolicyObserver policies{"ApprovalPolicy", [this] { publisher.policies_changed(); }, [](auto) {}};
  PolicyObserver cluster_policies{"ClusterApprovalPolicy", [] {}, [](auto) {}};
  NamespaceObserver namespaces{[this] { publisher.namespaces_changed(); }};
  boost::asio::thread_pool worker{1};
  SnapshotPublisher publisher{io.get_executor(), kube::Worker(worker.get_executor()),
                              policies,          cluster_policies,
                              namespaces,        effects::shipped_table()};
  std::vector<std::shared_ptr<const admission::PolicySnapshot>> published;
  int ended = 0;
  int failed = 0;
};

TEST_F(SnapshotPublisherTest, TheEnginesThreadGoesOnWhileTheIndexIsBuilt) {
  hold_the_worker();
  publish();
  EXPECT_EQ(ended, 0);
  publisher.set_path({"new", "", {}});
  ASSERT_EQ(published.size(), 1u) << "a path is handed out at once";
  EXPECT_EQ(count_in(published[0]), 0u);
  held.release();
  wait_for_all(1);
  EXPECT_EQ(count_in(published.back()), 10u);
  EXPECT_EQ(published.back()->path.current, "new");
}

// Whoever proves that the caches are fresh publishes first: what it knew is in force then.
TEST_F(SnapshotPublisherTest, WhatChangesDuringABuildIsInForceAfterTheNextPublish) {
  hold_the_worker();
  publish();
  policies.on_added(policy("later"));
  publish();
  EXPECT_EQ(ended, 0) << "the second waits for the first, and builds anew";
  held.release();
  wait_for_all(2);
  EXPECT_EQ(count_in(published.back()), 11u);
}

TEST_F(SnapshotPublisherTest, NamespacesThatComeDuringABuildAreNotAheadOfTheirPolicies) {
  hold_the_worker();
  namespaces.on_added(json::parse(R"({"metadata":{"name":"prod","uid":"n"}})").value());
  publish();
  publisher.set_path({"new", "", {}});
  EXPECT_EQ(published.back()->find_namespace("prod"), nullptr);
  held.release();
  wait_for_all(1);
  EXPECT_NE(published.back()->find_namespace("prod"), nullptr);
}

// P4: an I/O thread that has the proof has what was proven. What is handed out meanwhile keeps the proof before.
TEST_F(SnapshotPublisherTest, AProofComesWithThePoliciesThatItIsOf) {
  constexpr Duration kFirst = std::chrono::seconds(100), kSecond = std::chrono::seconds(104);
  confirm(kFirst);
  wait_for_all(1);
  policies.on_added(policy("later"));
  hold_the_worker();
  confirm(kSecond);
  publisher.set_path({"new", "", {}});
  EXPECT_EQ(count_in(published.back()), 10u);
  EXPECT_EQ(published.back()->freshness.confirmed, kFirst);
  held.release();
  wait_for_all(2);
  EXPECT_EQ(count_in(published.back()), 11u);
  EXPECT_EQ(published.back()->freshness.confirmed, kSecond);
  for (const auto& snapshot : published) {
    EXPECT_TRUE(count_in(snapshot) == 11 || snapshot->freshness.confirmed != kSecond);
  }
}

TEST_F(SnapshotPublisherTest, WhatCouldNotBePublishedIsNotConfirmed) {
  publisher.publish_to([](const auto&) { throw std::bad_alloc(); });
  confirm(std::chrono::seconds(100));
  wait_for_all(1);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(publisher.freshness().confirmed, Duration{});
  publisher.publish_to([this](const auto& snapshot) { published.push_back(snapshot); });
  publish();
  wait_for_all(2);
  EXPECT_EQ(count_in(published.back()), 10u) << "it is still to be published";
}

TEST_F(SnapshotPublisherTest, WithoutAChangeNothingIsHandedOut) {
  publish();
  wait_for_all(1);
  publish();
  wait_for_all(2);
  EXPECT_EQ(published.size(), 1u);
}

}  // namespace
}  // namespace sallyport::cache
