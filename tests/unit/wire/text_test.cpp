#include "wire/text.hpp"

#include <gtest/gtest.h>

namespace sallyport::wire {
namespace {

TEST(Clip, CutsBetweenCharactersAndShowsIt) {
  EXPECT_EQ(clip("", 5), "");
  EXPECT_EQ(clip("short", 5), "short");
  EXPECT_EQ(clip("longer", 5), "lo...");
  EXPECT_EQ(clip("h\xc3\xa9llo w", 5), "h...");  // not half an e with an accent
  EXPECT_EQ(clip("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 7), "\xf0\x9f\x98\x80...");
  EXPECT_EQ(clip("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 6), "...");
  EXPECT_EQ(clip("longer", 2), "..");
}

}  // namespace
}  // namespace sallyport::wire
