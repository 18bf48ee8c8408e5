#include "admission/refusal_sampler.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::admission {
namespace {

using namespace std::chrono_literals;

model::Answer refusal(model::Code code) {
  model::Answer answer;
  answer.code = code;
  answer.message = "It cannot be decoded.";
  return answer;
}

TEST(RefusalSampler, IsToldAtOnce) {
  RefusalSampler unjudged;
  const auto record = unjudged.refused(0s, "uid-1", refusal(model::Code::bad_review));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->event, "unjudged");
  EXPECT_EQ(json::write(record->fields),
            R"({"admission_uid":"uid-1","code":"BadReview","why":"It cannot be decoded.","count":1})");
}

TEST(RefusalSampler, AFloodIsOneLineASecondThatCountsTheOthers) {
  RefusalSampler unjudged;
  std::size_t lines = 0;
  std::int64_t told = 0;
  for (Duration now = 0s; now <= 10s; now += 1ms) {
    if (const auto record = unjudged.refused(now, "", refusal(model::Code::bad_review))) {
      ++lines;
      told += record->fields["count"].integer().value_or(0);
    }
  }
  EXPECT_EQ(lines, 11U);
  EXPECT_EQ(told, 10'001);
}

TEST(RefusalSampler, ACodeIsNotSilencedByAnother) {
  RefusalSampler unjudged;
  EXPECT_TRUE(unjudged.refused(0s, "", refusal(model::Code::bad_review)));
  EXPECT_TRUE(unjudged.refused(0s, "", refusal(model::Code::not_ready)));
  EXPECT_FALSE(unjudged.refused(0s, "", refusal(model::Code::not_ready)));
}

}  // namespace
}  // namespace sallyport::admission
