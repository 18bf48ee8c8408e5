#include "model/forms.hpp"

#include <gtest/gtest.h>

namespace sallyport::model {
namespace {

TEST(Forms, StandInALeaseAndAreReadBack) {
  EXPECT_EQ(to_string(Forms{3, 4}), "seal=3,digest=4");
  EXPECT_EQ(parse_forms("seal=3,digest=4"), (Forms{3, 4}));
  EXPECT_EQ(parse_forms("digest=4,seal=3,external=1"), (Forms{3, 4})) << "a later build may say more";
}

TEST(Forms, OfAReplicaThatDoesNotSayAreTheFirstOnes) {
  for (const char* text :
       {"", "seal", "seal=", "seal=x", "seal=0", "seal=-1", "seal=99999999999", "seal=3x", "unseal=7", "7"}) {
    EXPECT_EQ(parse_forms(text), (Forms{1, 2})) << text;
  }
}

TEST(Forms, TheNewerIsWrittenOnceAllReadIt) {
  constexpr FormRange own{3, 4};
  EXPECT_EQ(form_to_write(own, {}), 4u) << "no other replica";
  EXPECT_EQ(form_to_write(own, {4, 4}), 4u);
  EXPECT_EQ(form_to_write(own, {4, 3, 4}), 3u);
  EXPECT_EQ(form_to_write(own, {5}), 4u) << "a later build reads this one's newest, too";
  EXPECT_EQ(form_to_write(own, {1}), 3u) << "two builds behind: it reads nothing that this one writes";
}

TEST(Forms, ABuildReadsItsOwnAndTheOneBefore) {
  EXPECT_LE(kSealForms.newest - kSealForms.oldest, 1u);
  EXPECT_LE(kDigestForms.newest - kDigestForms.oldest, 1u);
  EXPECT_EQ(Forms{}, parse_forms(""));
}

}  // namespace
}  // namespace sallyport::model
