#include "base/result.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Error, SaysWhatWasBeingDoneAndKeepsItsCode) {
  const Error error(ErrorCode::unknown_outcome, "the connection broke");
  const Error outer = error.while_doing("writing the request a/b");
  EXPECT_EQ(outer.code(), ErrorCode::unknown_outcome);
  EXPECT_EQ(outer.message(), "writing the request a/b: the connection broke");
}

TEST(Error, ThatNobodyFilledInIsInternal) {
  EXPECT_EQ(Error().code(), ErrorCode::internal);
  EXPECT_FALSE(Error().message().empty());
}

TEST(Result, CarriesTheErrorItFailedWith) {
  const Result<int> result = fail(ErrorCode::conflict, "somebody was faster");
  ASSERT_FALSE(result);
  EXPECT_EQ(to_string(result.error().code()), "conflict");
  EXPECT_EQ(result.error().message(), "somebody was faster");
}

}  // namespace
}  // namespace sallyport
