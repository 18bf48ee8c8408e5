#include "model/deeds.hpp"

#include <gtest/gtest.h>

#include "model/effect.hpp"

namespace sallyport::model {
namespace {

using Names = std::vector<std::string>;

Kubernetes action(Names effects, Names guarded) {
  Kubernetes action;
  action.effects = std::move(effects);
  action.guarded = std::move(guarded);
  return action;
}

TEST(Deeds, AreReadAsTheyAreSaid) {
  for (const auto& each : {action({}, {}), action({"RunsCode"}, {}), action({"RunsCode", "Identity"}, {"node-reach"}),
                           action({}, {"node-reach", "account"})}) {
    const auto deeds = deeds_of(each);
    Kubernetes read;
    add_deeds(read, "2:" + deeds + (deeds.empty() ? "" : ":") + "00ff");
    EXPECT_EQ(read.effects, each.effects) << deeds;
    EXPECT_EQ(read.guarded, each.guarded) << deeds;
  }
}

TEST(Deeds, OfASealThatSaysNoneAreNone) {
  for (const auto* seal : {"", ":", "::", "2:00ff", "00ff", "2::00ff", "2:/:00ff", "2:,:00ff"}) {
    Kubernetes read;
    add_deeds(read, seal);
    EXPECT_TRUE(read.effects.empty() && read.guarded.empty()) << seal;
  }
}

TEST(Deeds, StandingFieldsAreLeftAlone) {
  auto read = action({"Traffic"}, {});
  add_deeds(read, "2:RunsCode/node-reach:00ff");
  EXPECT_EQ(read.effects, Names{"Traffic"});
  EXPECT_EQ(read.guarded, Names{"node-reach"});
}

// The oldest definition has 256 bytes for a seal.
TEST(Deeds, HaveRoomInASealWhateverAnActionDoes) {
  const auto most = action(names_of(Effects::all()), {"unclassified", "token-secret", "node-reach"});
  EXPECT_FALSE(deeds_of(most).empty());
  EXPECT_LE(("2:" + deeds_of(most) + ":").size() + 64, 256u);
  EXPECT_TRUE(deeds_of(action(Names(40, "RunsCode"), {})).empty());
}

}  // namespace
}  // namespace sallyport::model
