#include "controllers/peers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::controllers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Looks every two seconds.
struct Watching {
  std::vector<std::string> look(const std::vector<SeenPeer>& peers) {
    now += 2s;
    return peers_.saw(peers, now);
  }
  Duration now = 100s;
  Peers peers_;
};

TEST(Peers, OneThatIsRenewedStays) {
  Watching watching;
  for (int i = 0; i < 20; ++i) EXPECT_THAT(watching.look({{"replica-1", std::to_string(i), ""}}), IsEmpty());
}

TEST(Peers, OneThatIsNotRenewedForTenSecondsIsGoneOnce) {
  Watching watching;
  for (int i = 0; i < 5; ++i) EXPECT_THAT(watching.look({{"replica-1", "a", ""}}), IsEmpty());
  EXPECT_THAT(watching.look({{"replica-1", "a", ""}}), ElementsAre("replica-1"));
  EXPECT_THAT(watching.look({{"replica-1", "a", ""}}), IsEmpty());
  // It comes back, and goes again.
  EXPECT_THAT(watching.look({{"replica-1", "b", ""}}), IsEmpty());
  for (int i = 0; i < 4; ++i) EXPECT_THAT(watching.look({{"replica-1", "b", ""}}), IsEmpty());
  EXPECT_THAT(watching.look({{"replica-1", "b", ""}}), ElementsAre("replica-1"));
}

TEST(Peers, OneThatTakesItsLeaseAwayIsGoneAtOnce) {
  Watching watching;
  EXPECT_THAT(watching.look({{"replica-1", "a", ""}, {"replica-2", "a", ""}}), IsEmpty());
  EXPECT_THAT(watching.look({{"replica-2", "b", ""}}), ElementsAre("replica-1"));
  EXPECT_THAT(watching.look({{"replica-2", "c", ""}}), IsEmpty());
}

TEST(Peers, OneWhosePodIsGoneOrAnotherIsGoneAtOnce) {
  Watching watching;
  EXPECT_THAT(watching.look({{"replica-1", "a", "pod-1"}}), IsEmpty());
  EXPECT_THAT(watching.look({{"replica-1", "b", std::nullopt}}), IsEmpty());  // not to be found out
  EXPECT_THAT(watching.look({{"replica-1", "c", "pod-2"}}), ElementsAre("replica-1"));
  EXPECT_THAT(watching.look({{"replica-1", "d", "pod-2"}}), IsEmpty());
  EXPECT_THAT(watching.look({{"replica-1", "d", ""}}), ElementsAre("replica-1"));
}

TEST(Peers, AnApiServerThatWasAwayMakesNobodyGone) {
  Watching watching;
  EXPECT_THAT(watching.look({{"replica-1", "a", ""}}), IsEmpty());
  watching.now += 60s;
  EXPECT_THAT(watching.look({{"replica-1", "a", ""}}), IsEmpty());
  EXPECT_THAT(watching.look({{"replica-1", "b", ""}}), IsEmpty());
}

}  // namespace
}  // namespace sallyport::controllers
