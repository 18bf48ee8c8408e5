#include "base/sealed_box.hpp"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

const Secret& key() {
  static const Secret made = random_secret(32);
  return made;
}

TEST(SealedBox, HoldsWhatWasPutInAndShowsNoneOfIt) {
  for (const std::string content : {"", "a", "the path and the certificate's key"}) {
    const auto box = close_box(key(), "context", content);
    const auto opened = open_box(key(), "context", box);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), content);
    EXPECT_TRUE(content.size() < 4 || !box.contains(content));
    EXPECT_NE(close_box(key(), "context", content), box);
  }
}

TEST(SealedBox, OpensOnlyUnderItsOwnKeyAndContext) {
  const auto box = close_box(key(), "context", "content");
  EXPECT_FALSE(open_box(random_secret(32), "context", box));
  EXPECT_FALSE(open_box(key(), "another context", box));
}

TEST(SealedBox, NoByteOfItCanBeChangedCutOrAdded) {
  const auto box = close_box(key(), "context", "content");
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto changed = box;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(open_box(key(), "context", changed)) << i;
    EXPECT_FALSE(open_box(key(), "context", box.substr(0, i))) << i;
  }
  EXPECT_FALSE(open_box(key(), "context", box + "x"));
}

}  // namespace
}  // namespace sallyport
