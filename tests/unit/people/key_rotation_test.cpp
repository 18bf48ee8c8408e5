#include "people/key_rotation.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kStart = hours(1000);

KeySet keys() {
  return key_set({ec_key().jwk()});
}

TEST(KeyRotationTest, KnowsNothingBeforeTheFirstAnswer) {
  KeyRotation rotation;
  EXPECT_EQ(rotation.keys(kStart), nullptr);
  EXPECT_TRUE(rotation.is_due(kStart));
  const auto fetch = rotation.begin(kStart);
  EXPECT_FALSE(rotation.is_due(kStart));
  EXPECT_EQ(rotation.keys(kStart), nullptr);
  rotation.succeeded(fetch, keys(), {});
  EXPECT_NE(rotation.keys(kStart), nullptr);
  EXPECT_EQ(rotation.as_of(), kStart);
}

TEST(KeyRotationTest, BeginsAtMostOneFetchAMinuteWhateverTokensCome) {
  KeyRotation rotation;
  int begun = 0;
  for (Duration now = kStart; now < kStart + hours(1); now += seconds(1)) {
    for (int token = 0; token < 3; ++token) {
      if (!rotation.may_begin(now)) continue;
      const auto fetch = rotation.begin(now);
      ++begun;
      if (begun % 3 == 0) rotation.failed(fetch);
      if (begun % 3 == 1) rotation.succeeded(fetch, keys(), {});
    }
  }
  EXPECT_EQ(begun, 60);
}

TEST(KeyRotationTest, FetchesAnewWhenTheIssuerSaysWithinBounds) {
  const auto due_after = [](std::optional<Duration> max_age) {
    KeyRotation rotation;
    rotation.succeeded(rotation.begin(kStart), keys(), max_age);
    Duration age{};
    while (!rotation.is_due(kStart + age)) age += seconds(30);
    return age;
  };
  EXPECT_EQ(due_after({}), hours(1));
  EXPECT_EQ(due_after(seconds(0)), minutes(5));
  EXPECT_EQ(due_after(minutes(20)), minutes(20));
  EXPECT_EQ(due_after(hours(900)), hours(24));
}

TEST(KeyRotationTest, KeepsTheLastGoodKeysForADayAndNoLonger) {
  KeyRotation rotation;
  rotation.succeeded(rotation.begin(kStart), keys(), minutes(5));
  for (Duration now = kStart + minutes(5); now < kStart + hours(24); now += minutes(7)) {
    ASSERT_TRUE(rotation.is_due(now));
    rotation.failed(rotation.begin(now));
    EXPECT_NE(rotation.keys(now), nullptr);
  }
  EXPECT_NE(rotation.keys(kStart + hours(24) - seconds(1)), nullptr);
  EXPECT_EQ(rotation.keys(kStart + hours(24)), nullptr);
}

TEST(KeyRotationTest, ForgetsAKeyThatTheIssuerHasWithdrawn) {
  KeyRotation rotation;
  rotation.succeeded(rotation.begin(kStart), key_set({ec_key().jwk("old"), rsa_key().jwk("new")}), {});
  EXPECT_TRUE(rotation.keys(kStart)->choose(Algorithm::es256, "old"));
  const auto later = kStart + minutes(2);
  rotation.succeeded(rotation.begin(later), key_set({rsa_key().jwk("new")}), {});
  EXPECT_FALSE(rotation.keys(later)->choose(Algorithm::es256, "old"));
}

TEST(KeyRotationTest, IsNotHeldUpByAnAnswerThatNeverEnds) {
  KeyRotation rotation;
  const auto endless = rotation.begin(kStart);
  EXPECT_FALSE(rotation.may_begin(kStart + seconds(59)));
  ASSERT_TRUE(rotation.may_begin(kStart + seconds(60)));
  const auto second = rotation.begin(kStart + seconds(60));
  // What comes late of the first one is not taken for newer keys, and ends nothing.
  rotation.succeeded(endless, key_set({rsa_key().jwk("late")}), {});
  EXPECT_EQ(rotation.keys(kStart + seconds(61)), nullptr);
  rotation.failed(endless);
  rotation.succeeded(second, keys(), {});
  ASSERT_NE(rotation.keys(kStart + seconds(61)), nullptr);
  EXPECT_EQ(rotation.as_of(), kStart + seconds(60));
  rotation.succeeded(second, key_set({rsa_key().jwk("again")}), {});
  EXPECT_EQ(rotation.keys(kStart + seconds(61))->keys().front().id(), "k1");
}

TEST(CacheControl, IsReadAsHttpHasIt) {
  EXPECT_EQ(max_age_of(""), std::nullopt);
  EXPECT_EQ(max_age_of("public, must-revalidate"), std::nullopt);
  EXPECT_EQ(max_age_of("public, max-age=600, must-revalidate"), Duration(seconds(600)));
  EXPECT_EQ(max_age_of("Max-Age=600,s-maxage=10"), Duration(seconds(600)));
  EXPECT_EQ(max_age_of("max-age=600, no-store"), Duration{});
  EXPECT_EQ(max_age_of("no-cache"), Duration{});
  EXPECT_EQ(max_age_of("max-age=600, max-age=60"), Duration(seconds(60)));
  for (const char* text : {"max-age=-1", "max-age=\"600\"", "max-age=6x", "max-age=", "max-age=99999999999999999999"})
    EXPECT_EQ(max_age_of(text), Duration{}) << text;
  EXPECT_EQ(max_age_of("max-age=9223372036854775807"), Duration(hours(365 * 24)));
  EXPECT_EQ(max_age_of(",,,= ,"), std::nullopt);
}

}  // namespace
}  // namespace sallyport::people
