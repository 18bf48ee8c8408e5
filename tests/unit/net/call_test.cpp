#include "net/call.hpp"

#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

TEST(Call, TellsOnceThatTheCallerHungUp) {
  Call call;
  int told = 0;
  call.when_closed([&] { ++told; });
  EXPECT_TRUE(call.is_open());
  call.close();
  call.close();
  EXPECT_FALSE(call.is_open());
  EXPECT_EQ(told, 1);
}

TEST(Call, TellsAtOnceIfTheCallerHungUpBefore) {
  Call call;
  call.close();
  int told = 0;
  call.when_closed([&] { ++told; });
  EXPECT_EQ(told, 1);
}

TEST(Call, TellsNothingOnceItWasAnswered) {
  Call call;
  int told = 0;
  call.when_closed([&] { ++told; });
  call.finish();
  call.close();
  call.when_closed([&] { ++told; });
  EXPECT_TRUE(call.is_open());
  EXPECT_EQ(told, 0);
}

TEST(Call, LetsGoOfWhatItWasGiven) {
  auto token = std::make_shared<int>();
  Call call;
  call.when_closed([token] {});
  EXPECT_EQ(token.use_count(), 2);
  call.finish();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Call, WhatItCallsMayLookAtIt) {
  Call call;
  bool open = true;
  call.when_closed([&] { call.when_closed([&] { open = call.is_open(); }); });
  call.close();
  EXPECT_FALSE(open);
}

}  // namespace
}  // namespace sallyport::net
