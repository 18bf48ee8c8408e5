#include "audit/request_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

json::Value line(const std::string& text) {
  return *json::parse(text);
}

const auto kOpened = line(R"({"event":"request_opened","request":"shop/gate-1","request_uid":"r-1","agent":"deployer",
  "username":"bot","operation":"UPDATE","resource":"deployments.apps","namespace":"shop","name":"api","summary":"UPDATE deployments/api"})");
const auto kReview =
    line(R"({"event":"review_accepted","request":"shop/gate-1","request_uid":"r-1","verdict":"Approve"})");
const auto kIntent = line(R"({"event":"intent","stream":"s","intent":"i","kind":"decision","verdict":"Approved",
  "request":"shop/gate-1","request_uid":"r-1"})");

json::Value outcome(const std::string& result) {
  return line(R"({"event":"outcome","stream":"s","intent":"i","request":"shop/gate-1","request_uid":"r-1","result":")" +
              result + "\"}");
}

TEST(RequestIndex, AReviewThatComesFirstIsFoundByWhatOpenedItsRequest) {
  RequestIndex index;
  index.add(kReview);
  index.add(kOpened);
  const auto* asked = index.find(kReview);
  ASSERT_NE(asked, nullptr);
  EXPECT_EQ(asked->agent, "deployer");
  EXPECT_EQ(asked->summary, "UPDATE deployments/api");
  EXPECT_THAT(asked->verdicts, IsEmpty()) << "a review decides nothing";
}

TEST(RequestIndex, WhatOpenedItTellsMoreThanAUse) {
  RequestIndex index;
  index.add(line(
      R"({"event":"intent","kind":"use","request":"shop/gate-1","request_uid":"r-1","agent":"deployer","summary":"s"})"));
  EXPECT_EQ(index.find(kReview)->summary, "s");
  index.add(kOpened);
  EXPECT_EQ(index.find(kReview)->summary, "UPDATE deployments/api");
}

TEST(RequestIndex, ADecisionThatWasLostIsNotTheVerdict) {
  for (const auto* result : {"lost", "failed"}) {
    RequestIndex index;
    for (const auto& each : {kOpened, kIntent, outcome(result)}) index.add(each);
    EXPECT_THAT(index.find(kReview)->verdicts, IsEmpty()) << result;
  }
  for (const auto* result : {"done", "unknown"}) {
    RequestIndex index;
    for (const auto& each : {kOpened, kIntent, outcome(result)}) index.add(each);
    EXPECT_THAT(index.find(kReview)->verdicts, ElementsAre("Approved")) << result;
  }
}

TEST(RequestIndex, ARequestIsNotAnotherOneOfItsName) {
  RequestIndex index;
  index.add(kOpened);
  index.add(line(R"({"event":"request_opened","request":"shop/gate-1","request_uid":"r-2","agent":"other"})"));
  EXPECT_EQ(index.find(kReview)->agent, "deployer");
  EXPECT_EQ(index.find(line(R"({"event":"answered","request":"shop/gate-1"})"))->agent, "other") << "the last one";
}

TEST(RequestIndex, KnowsNothingOfWhatIsAboutNoRequest) {
  RequestIndex index;
  index.add(kOpened);
  EXPECT_EQ(index.find(line(R"({"event":"policy","namespace":"shop","name":"gate-1"})")), nullptr);
  EXPECT_EQ(index.find(line(R"({"event":"intent","request":"shop/gate-2","request_uid":"r-9"})")), nullptr);
}

}  // namespace
}  // namespace sallyport::audit
