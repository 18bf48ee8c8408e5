#include "base/random.hpp"

#include <set>

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using namespace std::chrono_literals;

TEST(RandomBetween, IsEveryDurationOfTheRangeAndNoOther) {
  SystemRandom random;
  std::set<Duration> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_between(random, 5us, 8us));
  EXPECT_EQ(seen, (std::set<Duration>{5us, 6us, 7us, 8us}));
  EXPECT_EQ(random_between(random, 7s, 7s), 7s);
}

// Of a number of its own, so that a span as long as a day does not wrap around.
struct Largest : Random {
  Secret bytes(std::size_t count) override { return Secret(std::string(count, '\xff')); }
};

TEST(RandomBetween, StaysWithinALongRange) {
  Largest random;
  const auto chosen = random_between(random, 0s, 24h * 365);
  EXPECT_GE(chosen, 0s);
  EXPECT_LE(chosen, 24h * 365);
}

}  // namespace
}  // namespace sallyport
