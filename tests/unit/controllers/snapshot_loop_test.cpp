#include "controllers/snapshot_loop.hpp"

#include <gtest/gtest.h>

#include "seams/memory.hpp"

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;

struct SnapshotLoopTest : testing::Test {
  SnapshotLoopTest() {
    publisher.publish_to([this](const auto&) { ++published; });
    runner.spawn("snapshots", loop.run());
    clock.settle();
  }
  void TearDown() override {
    runner.stop();
    clock.settle();
  }

  boost::asio::io_context io;
  seams::MemoryClock clock{io};
  Runner runner{io.get_executor(), clock};
  cache::PolicyObserver policies{"ApprovalPolicy", [] {}, [](auto) {}};
  cache::PolicyObserver cluster_policies{"ClusterApprovalPolicy", [] {}, [](auto) {}};
  cache::NamespaceObserver namespaces{[] {}};
  cache::SnapshotPublisher publisher{io.get_executor(), kube::Worker(), policies,
                                     cluster_policies,  namespaces,     effects::shipped_table()};
  std::shared_ptr<engine::Alarm> changed = runner.make_alarm();
  SnapshotLoop loop{runner, publisher, changed};
  int published = 0;
};

TEST_F(SnapshotLoopTest, AChangeIsPublishedAtOnce) {
  publisher.policies_changed();
  changed->ring();
  clock.settle();
  EXPECT_EQ(published, 1);
}

TEST_F(SnapshotLoopTest, AChangeThatNobodyRangForIsPublishedWithinSeconds) {
  publisher.namespaces_changed();
  clock.settle();
  EXPECT_EQ(published, 0);
  clock.advance(5s);
  EXPECT_EQ(published, 1);
}

TEST_F(SnapshotLoopTest, WithoutAChangeNothingIs) {
  publisher.policies_changed();
  clock.advance(5s);
  published = 0;
  clock.advance(1min);
  EXPECT_EQ(published, 0);
}

}  // namespace
}  // namespace sallyport::controllers
