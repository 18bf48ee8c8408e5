#include "base/random.hpp"

#include <cstdint>
#include <set>
#include <string>

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

struct Fixed : Random {
  explicit Fixed(std::uint64_t number) : number_(number) {}
  Secret bytes(std::size_t count) override {
    EXPECT_EQ(count, sizeof number_);
    return Secret(std::string(reinterpret_cast<const char*>(&number_), sizeof number_));
  }

 private:
  std::uint64_t number_;
};

TEST(RandomBetween, ReachesBothEndsOfALongRange) {
  constexpr Duration kYear = 24h * 365;
  Fixed none(0), last(static_cast<std::uint64_t>(kYear.count())), wraps(static_cast<std::uint64_t>(kYear.count()) + 1);
  EXPECT_EQ(random_between(none, 0s, kYear), 0s);
  EXPECT_EQ(random_between(last, 0s, kYear), kYear);
  EXPECT_EQ(random_between(wraps, 0s, kYear), 0s);
}

}  // namespace
}  // namespace sallyport
