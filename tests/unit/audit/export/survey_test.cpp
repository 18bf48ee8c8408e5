#include "audit/export/survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Files of which only what counts is told: how many chosen records, and whether a checkpoint follows them.
std::vector<std::string> covered(const std::vector<std::pair<int, bool>>& facts) {
  std::vector<SurveyedFile> files;
  for (const auto& [chosen, signed_after] : facts) {
    SurveyedFile file;
    file.file.path = std::to_string(files.size());
    file.chosen = static_cast<std::uint64_t>(chosen);
    file.signed_after = signed_after;
    files.push_back(std::move(file));
  }
  std::vector<std::string> paths;
  for (const auto& file : covering(std::move(files))) paths.push_back(file.file.path);
  return paths;
}

TEST(Covering, BeginsWithTheFirstChosenRecordAndEndsBehindACheckpoint) {
  EXPECT_THAT(covered({{0, true}, {2, true}, {0, true}}), ElementsAre("1"));
  EXPECT_THAT(covered({{0, true}, {2, false}, {0, false}, {0, true}, {0, true}}), ElementsAre("1", "2", "3"));
}

TEST(Covering, LeavesNoGap) {
  EXPECT_THAT(covered({{1, true}, {0, false}, {0, true}, {1, true}, {0, true}}), ElementsAre("0", "1", "2", "3"));
}

TEST(Covering, EndsWithTheLogWhereNothingIsSignedYet) {
  EXPECT_THAT(covered({{0, true}, {1, false}, {0, false}}), ElementsAre("1", "2"));
}

TEST(Covering, OfNothingIsNothing) {
  EXPECT_THAT(covered({}), IsEmpty());
  EXPECT_THAT(covered({{0, true}, {0, true}}), IsEmpty());
}

}  // namespace
}  // namespace sallyport::audit
