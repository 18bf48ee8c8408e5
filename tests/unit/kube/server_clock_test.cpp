#include "kube/server_clock.hpp"

#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

using namespace std::chrono_literals;

const Instant kDated = *parse_instant("2026-11-21T05:41:24Z");
constexpr std::string_view kDate = "Sat, 21 Nov 2026 05:41:24 GMT";

TEST(HttpDate, IsReadInItsOneForm) {
  EXPECT_EQ(parse_http_date(kDate), kDated);
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), *parse_instant("2024-03-01T00:00:00Z"));
  for (const char* text :
       {"", "Sat, 21 Nov 2026 05:41:24 UTC", "Saturday, 21-Nov-26 05:41:24 GMT", "Sat Nov 21 05:41:24 2026",
        "Sat, 31 Feb 2026 05:41:24 GMT", "Sat, 21 Foo 2026 05:41:24 GMT", "Sat, 21 Nov 2026 25:41:24 GMT",
        "Sat, -1 Nov 2026 05:41:24 GMT", "Sat, 21 Nov 2026 05-41-24 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(ServerClock, KnowsNothingAtFirst) {
  EXPECT_EQ(ServerClock().offset(), std::nullopt);
}

TEST(ServerClock, GivesTheLeastOffsetThatExplainsTheDate) {
  const struct {
    Duration sent, received;  // by our clock, from the dated second's begin
    Duration offset;
  } cases[] = {
      {0ms, 10ms, 0s},                               // the same
      {990ms, 999ms, 0s},                            // still the same second
      {-100ms, 50ms, 0s}, {1200ms, 1300ms, -200ms},  // ours is ahead
      {7s, 7100ms, -6s},  {-8s, -7900ms, 7900ms},    // ours is behind
  };
  for (const auto& c : cases) {
    ServerClock clock;
    clock.learn(kDate, kDated + c.sent, kDated + c.received);
    ASSERT_TRUE(clock.offset());
    EXPECT_EQ(*clock.offset(), c.offset) << c.sent.count();
  }
}

TEST(ServerClock, LearnsNothingFromSlowCallsAndBadDates) {
  ServerClock clock;
  clock.learn(kDate, kDated + 1h, kDated + 1h + 3s);
  clock.learn("yesterday", kDated, kDated + 1ms);
  clock.learn(kDate, kDated, kDated - 1s);  // our own clock was set back during the call
  EXPECT_EQ(clock.offset(), std::nullopt);
  clock.learn(kDate, kDated + 10s, kDated + 10s);
  EXPECT_EQ(clock.offset(), Duration(-9s));
  clock.learn(kDate, kDated, kDated);
  EXPECT_EQ(clock.offset(), Duration(0s));  // the last answer counts
}

}  // namespace
}  // namespace sallyport::kube
