#include "action/names.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace sallyport::action {
namespace {

const Secret kKey("a key");
constexpr std::string_view kDigest = "sha256:00";

TEST(RequestName, IsThePolicysAndTwelveCharacters) {
  const auto name = request_name("promote-image", kKey, "agent", kDigest, 0);
  EXPECT_TRUE(name.starts_with("promote-image-")) << name;
  EXPECT_EQ(name.size(), std::string_view("promote-image-").size() + 12);
  EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567-"), std::string::npos) << name;
}

TEST(RequestName, IsTheSameForTheSame) {
  EXPECT_EQ(request_name("p", kKey, "agent", kDigest, 3), request_name("p", kKey.clone(), "agent", kDigest, 3));
}

TEST(RequestName, DiffersByEachArgument) {
  const std::set<std::string> names = {
      request_name("p", kKey, "agent", kDigest, 0),
      request_name("q", kKey, "agent", kDigest, 0),
      request_name("p", Secret("other"), "agent", kDigest, 0),
      request_name("p", kKey, "agent2", kDigest, 0),
      request_name("p", kKey, "agent", "sha256:01", 0),
      request_name("p", kKey, "agent", kDigest, 1),
      request_name("p", kKey, "agents", "ha256:00", 0),
  };
  EXPECT_EQ(names.size(), 7u);
}

TEST(RequestName, FitsWhateverThePolicyIsCalled) {
  for (const std::string& policy : {std::string(253, 'a'), std::string(49, 'a') + "-.-" + std::string(20, 'b'),
                                    std::string("a"), std::string("a.b-c"), std::string()}) {
    const auto name = request_name(policy, kKey, "agent", kDigest, 0);
    ASSERT_LE(name.size(), 63u);
    const auto prefix = name.substr(0, name.size() - 13);
    ASSERT_FALSE(prefix.empty());
    EXPECT_NE(prefix.back(), '-') << name;
    EXPECT_NE(prefix.back(), '.') << name;
    EXPECT_EQ(name[name.size() - 13], '-');
  }
}

}  // namespace
}  // namespace sallyport::action
