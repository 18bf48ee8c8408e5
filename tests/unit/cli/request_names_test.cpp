#include "cli/request_names.hpp"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

using Names = std::vector<std::string>;

const Names kKnown = {"promote-image-7f3c9a1b2c4d", "promote-image-7f3cb2c3d4e5", "deletion-q7rst3u4v5w6", "plain"};

TEST(WithoutKind, TakesNamesAsTheyArePrinted) {
  for (const auto* typed : {"areq/x", "approvalrequest/x", "approvalrequests/x", "approvalrequest.sallyport.dev/x",
                            "approvalrequests.sallyport.dev/x"}) {
    EXPECT_EQ(without_kind(typed), "x") << typed;
  }
  for (const auto* typed : {"x", "payments/x", "areq", "pods/x", "/x", "approvalrequest.example.com/x", ""}) {
    EXPECT_EQ(without_kind(typed), typed);
  }
  EXPECT_EQ(without_kind("areq/payments/x"), "payments/x");
}

TEST(NamesMeant, AreTheNameItselfOrWhatBeginsSo) {
  EXPECT_EQ(names_meant("promote-image-7f3c9a1b2c4d", kKnown), Names{"promote-image-7f3c9a1b2c4d"});
  EXPECT_EQ(names_meant("promote-image-7f3c9", kKnown), Names{"promote-image-7f3c9a1b2c4d"});
  EXPECT_EQ(names_meant("dele", kKnown), Names{"deletion-q7rst3u4v5w6"});
  EXPECT_EQ(names_meant("promote", kKnown).size(), 2u);
  EXPECT_EQ(names_meant("nothing", kKnown), Names{});
}

TEST(NamesMeant, OrWhoseLastPartBeginsSo) {
  EXPECT_EQ(names_meant("7f3c9", kKnown), Names{"promote-image-7f3c9a1b2c4d"});
  EXPECT_EQ(names_meant("7f3c", kKnown).size(), 2u);
  EXPECT_EQ(names_meant("image", kKnown), Names{});  // not a beginning of the last part
}

TEST(NamesMeant, AFewLettersMeanNothing) {
  EXPECT_EQ(names_meant("pla", kKnown), Names{});
  EXPECT_EQ(names_meant("", kKnown), Names{});
  EXPECT_EQ(names_meant("d", {"d"}), Names{"d"});
}

TEST(NamesMeant, AWholeNameIsNotAlsoTheBeginningOfAnother) {
  EXPECT_EQ(names_meant("plain", {"plain", "plain-2"}), Names{"plain"});
}

TEST(SeveralWords, ListAFew) {
  EXPECT_EQ(several_words({"a", "b"}), "; it matches 2 names (a, b): type more of the name");
  EXPECT_EQ(several_words({"a", "b", "c", "d"}), "; it matches 4 names (a, b, c, ...): type more of the name");
  EXPECT_EQ(several_words({"a\x1b[2J", "b"}), "; it matches 2 names (a\\u001b[2J, b): type more of the name");
}

TEST(ShortName, MeansThatNameAndNoOther) {
  EXPECT_EQ(short_name(kKnown[0], kKnown), "7f3c9");
  EXPECT_EQ(short_name(kKnown[1], kKnown), "7f3cb");
  EXPECT_EQ(short_name(kKnown[2], kKnown), "q7rst");
  EXPECT_EQ(short_name("plain", kKnown), "plain");
  EXPECT_EQ(short_name("a-7f3c9a1", {"a-7f3c9a1", "b-7f3c9a2"}), "a-7f3c9a1");
  EXPECT_EQ(short_name("a-7f3c9xyz", {"a-7f3c9xyz", "7f3c9"}), "7f3c9x");
  for (const auto& name : kKnown) EXPECT_EQ(names_meant(short_name(name, kKnown), kKnown), Names{name});
}

}  // namespace
}  // namespace sallyport::cli
