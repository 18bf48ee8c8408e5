#include "keys/material.hpp"

#include <gtest/gtest.h>

namespace sallyport::keys {
namespace {

Material made() {
  Material material;
  for (const auto* name : {kSealKey, kLogKey}) material.emplace(name, std::move(*make_key(name)));
  return material;
}

TEST(Material, IsSoundAsItIsMadeAndNeverTwiceTheSame) {
  const auto one = made();
  const auto two = made();
  for (const auto& [name, key] : one) {
    EXPECT_TRUE(check_key(name, key)) << name;
    EXPECT_NE(fingerprint(key), fingerprint(two.at(name)));
  }
}

TEST(Material, WhatIsNoKeyIsNamedAndNotShown) {
  for (const auto* name : {kSealKey, kLogKey}) {
    for (const std::string text : {"", "half of a key"}) {
      const auto sound = check_key(name, Secret(text));
      ASSERT_FALSE(sound);
      EXPECT_NE(sound.error().message().find(name), std::string::npos);
      EXPECT_EQ(sound.error().message().find("half"), std::string::npos);
    }
  }
}

TEST(Backup, IsReadBackAsItWasWritten) {
  const auto material = made();
  const auto read = read_backup(Secret(write_backup(material)));
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 2U);
  for (const auto& [name, key] : material) EXPECT_EQ(read->at(name).reveal(), key.reveal());
}

TEST(Backup, MayLackTheLogsKeyAndNothingElse) {
  auto material = made();
  material.erase(kLogKey);
  EXPECT_TRUE(read_backup(Secret(write_backup(material))));
  material.clear();
  EXPECT_FALSE(read_backup(Secret(write_backup(material))));
}

TEST(Backup, WhatIsNoneIsRefused) {
  auto material = made();
  material[kSealKey] = Secret("short");
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("apiVersion: v1"), write_backup(material)}) {
    EXPECT_FALSE(read_backup(Secret(text))) << text;
  }
}

}  // namespace
}  // namespace sallyport::keys
