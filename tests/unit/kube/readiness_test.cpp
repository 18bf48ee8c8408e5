#include "kube/readiness.hpp"

#include <gtest/gtest.h>

namespace sallyport::kube {
namespace {

using namespace std::chrono_literals;

TEST(Readiness, HoldsOnlyWhileEverythingWasProvenLately) {
  Readiness readiness({"policies", "namespaces"});
  EXPECT_EQ(readiness.why_not(100s), "namespaces could not be read from the API server yet");
  readiness.confirm("namespaces", 100s);
  EXPECT_EQ(readiness.why_not(100s), "policies could not be read from the API server yet");
  readiness.confirm("policies", 105s);
  EXPECT_EQ(readiness.why_not(106s), std::nullopt);
  EXPECT_EQ(readiness.why_not(115s - 1us), std::nullopt);
  EXPECT_EQ(readiness.why_not(115s), "namespaces could not be read from the API server for 15 s");
  readiness.confirm("namespaces", 114s);
  EXPECT_EQ(readiness.why_not(115s), std::nullopt);
  EXPECT_EQ(readiness.why_not(121s), "policies could not be read from the API server for 16 s");
}

TEST(Readiness, ARefusalStandsUntilTheNextProof) {
  Readiness readiness({"the admission policy"});
  readiness.confirm("the admission policy", 100s);
  readiness.refuse("the admission policy", "its binding is gone");
  EXPECT_EQ(readiness.why_not(101s), "the admission policy: its binding is gone");
  readiness.confirm("the admission policy", 102s);
  EXPECT_EQ(readiness.why_not(103s), std::nullopt);
}

TEST(Readiness, KnowsOnlyWhatItNeeds) {
  Readiness readiness({"policies"});
  readiness.refuse("something else", "broken");
  readiness.confirm("policies", 100s);
  EXPECT_EQ(readiness.why_not(101s), std::nullopt);
}

}  // namespace
}  // namespace sallyport::kube
