#include "cli/words.hpp"

#include <gtest/gtest.h>

#include "cli/near_names.hpp"

namespace sallyport::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant kNow = *parse_instant("2026-11-21T12:00:00.25Z");

TEST(Words, SpansAreNeverMoreThanTheyAre) {
  const struct {
    Duration span;
    const char* words;
  } cases[] = {
      {seconds(0), "0 s"},
      {milliseconds(999), "0 s"},
      {seconds(1), "1 s"},
      {milliseconds(59'999), "59 s"},
      {seconds(60), "1 min"},
      {seconds(90), "1 min 30 s"},
      {seconds(599), "9 min 59 s"},
      {seconds(601), "10 min"},
      {seconds(3599), "59 min"},
      {minutes(60), "1 h"},
      {minutes(90), "1 h 30 min"},
      {minutes(119), "1 h 59 min"},
      {hours(2), "2 h"},
      {hours(48) - seconds(1), "47 h 59 min"},
      {hours(48), "2 days"},
      {hours(53), "2 days 5 h"},
      {hours(24 * 9 + 23), "9 days 23 h"},
      {hours(24 * 10 + 23), "10 days"},
      {-minutes(3), "3 min"},
      {Duration::max(), "106751991 days"},
      {Duration::min(), "106751991 days"},
  };
  for (const auto& c : cases) EXPECT_EQ(span_words(c.span), c.words);
}

TEST(Words, TimesAreSaidFromNow) {
  EXPECT_EQ(relative_words(kNow - minutes(3), kNow), "3 min ago");
  EXPECT_EQ(relative_words(kNow - seconds(150), kNow), "2 min ago");
  EXPECT_EQ(relative_words(kNow - seconds(59), kNow), "59 s ago");
  EXPECT_EQ(relative_words(kNow - minutes(90), kNow), "1 h 30 min ago");
  EXPECT_EQ(relative_words(kNow + minutes(90), kNow), "in 1 h 30 min");
  EXPECT_EQ(relative_words(kNow + milliseconds(119'900), kNow), "in 1 min 59 s");
  EXPECT_EQ(relative_words(kNow - milliseconds(1900), kNow), "just now");
  EXPECT_EQ(relative_words(kNow + milliseconds(900), kNow), "just now");
  EXPECT_EQ(time_words(kNow - minutes(3), kNow), "3 min ago (2026-11-21T11:57:00Z)");
  EXPECT_EQ(until_words(kNow + hours(1), kNow), "2026-11-21T13:00:00Z (in 1 h)");
}

TEST(NearNames, AreThoseThatBeginSoOrDifferByAFewSlips) {
  const std::vector<std::string> known = {"promote-7f3c", "promote-8a2b", "delete-1111", "approve", "deny"};
  using Names = std::vector<std::string>;
  EXPECT_EQ(near_names("promote", known), (Names{"promote-7f3c", "promote-8a2b"}));
  EXPECT_EQ(near_names("promote-7f3", known).front(), "promote-7f3c");
  EXPECT_EQ(near_names("aprove", known), (Names{"approve"}));
  EXPECT_EQ(near_names("dney", known), (Names{"deny"}));
  EXPECT_EQ(near_names("watch", known), Names{});
  EXPECT_EQ(near_names("", known), Names{});
  EXPECT_EQ(near_names(std::string(100'000, 'a'), known), Names{});
  EXPECT_EQ(near_names("a", {"a1", "a2", "a3", "a4"}).size(), 3u);
}

TEST(NearNames, AreOfferedInASentencesEnd) {
  EXPECT_EQ(did_you_mean("aprove", {"approve"}), "; did you mean approve?");
  EXPECT_EQ(did_you_mean("a", {"ab", "ac"}), "; did you mean ab or ac?");
  EXPECT_EQ(did_you_mean("x", {"approve"}), "");
  EXPECT_EQ(did_you_mean("a", {"a\x1b[31m"}), "; did you mean a\\u001b[31m?");
}

}  // namespace
}  // namespace sallyport::cli
