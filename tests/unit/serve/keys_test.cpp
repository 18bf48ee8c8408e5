#include "serve/keys.hpp"

#include <gtest/gtest.h>

namespace sallyport::serve {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kNames = {"sallyport-webhook.sallyport-system.svc", "localhost"};
const Instant kNow = Instant(24h * 365 * 55);

Keys keys() {
  return std::move(*make_keys(kNames, kNow));
}

TEST(Keys, AreReadBackAsTheyWereWritten) {
  const auto made = keys();
  const auto read = read_keys(write_keys(made));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->path, made.path);
  EXPECT_EQ(read->path_since, made.path_since);
  EXPECT_EQ(read->server.pem, made.server.pem);
  EXPECT_EQ(read->seal_key.reveal(), made.seal_key.reveal());
}

TEST(Keys, WhatIsMissingIsNamedAndNeverMadeAnew) {
  auto data = write_keys(keys());
  data.erase("seal.key");
  const auto read = read_keys(data);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("seal.key"), std::string::npos);
}

TEST(Keys, TheOldPathIsAcceptedForAMinuteAfterTheNewOne) {
  auto made = keys();
  const auto old = made.path;
  renew_path(made, kNow + 1h);
  EXPECT_NE(made.path, old);
  EXPECT_TRUE(accepts_path(made, made.path, kNow + 1h));
  EXPECT_TRUE(accepts_path(made, old, kNow + 1h + 59s));
  EXPECT_FALSE(accepts_path(made, old, kNow + 1h + 60s));
  EXPECT_FALSE(accepts_path(made, "", kNow));
  EXPECT_FALSE(accepts_path(made, old.substr(0, 10), kNow + 1h));
}

TEST(Keys, ThereIsNoPreviousPathAtFirst) {
  const auto made = keys();
  EXPECT_TRUE(made.previous_path.empty());
  EXPECT_FALSE(accepts_path(made, "", kNow));
}

TEST(Keys, TheCertificateIsRenewedWhenTwoThirdsOfItsLifeAreOver) {
  auto made = keys();
  const auto first = made.server.pem;
  EXPECT_EQ(renew_certificate(made, kNames, kNow + kServerCertificateLives / 2).value(), false);
  EXPECT_EQ(renew_certificate(made, kNames, kNow + kServerCertificateLives * 3 / 4).value(), true);
  EXPECT_NE(made.server.pem, first);
  EXPECT_GT(expiry_of(made.server.pem).value(), kNow + kServerCertificateLives);
}

}  // namespace
}  // namespace sallyport::serve
