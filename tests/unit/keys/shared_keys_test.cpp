#include "keys/shared_keys.hpp"

#include <gtest/gtest.h>

namespace sallyport::keys {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kNames = {"sallyport-webhook.sallyport-system.svc", "localhost"};
const Instant kNow = Instant(24h * 365 * 55);

SharedKeys keys() {
  return std::move(*make_keys(kNames, kNow));
}

TEST(SharedKeys, AreReadBackAsTheyWereWritten) {
  const auto made = keys();
  const auto read = read_keys(write_keys(made));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->path, made.path);
  EXPECT_EQ(read->path_since, made.path_since);
  EXPECT_EQ(read->server.pem, made.server.pem);
}

TEST(SharedKeys, WhatIsMissingIsNamedAndNeverMadeAnew) {
  auto data = write_keys(keys());
  data.erase("ca.key");
  const auto read = read_keys(data);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("ca.key"), std::string::npos);
}

TEST(SharedKeys, TheOldPathIsAcceptedForAMinuteAfterTheNewOne) {
  auto made = keys();
  const auto old = made.path;
  renew_path(made, kNow + 1h);
  EXPECT_NE(made.path, old);
  EXPECT_TRUE(accepts_path(made, made.path, kNow + 1h));
  EXPECT_TRUE(accepts_path(made, old, kNow + 1h + 9s));
  EXPECT_FALSE(accepts_path(made, old, kNow + 1h + 10s));
  EXPECT_FALSE(accepts_path(made, "", kNow));
  EXPECT_FALSE(accepts_path(made, old.substr(0, 10), kNow + 1h));
}

TEST(SharedKeys, ThereIsNoPreviousPathAtFirst) {
  const auto made = keys();
  EXPECT_TRUE(made.previous_path.empty());
  EXPECT_FALSE(accepts_path(made, "", kNow));
}

TEST(SharedKeys, TheCertificateIsRenewedWhenTwoThirdsOfItsLifeAreOver) {
  auto made = keys();
  const auto first = made.server.pem;
  EXPECT_EQ(renew_certificates(made, kNames, kNow + kServerCertificateLives / 2).value(), false);
  EXPECT_EQ(renew_certificates(made, kNames, kNow + kServerCertificateLives * 3 / 4).value(), true);
  EXPECT_NE(made.server.pem, first);
  EXPECT_GT(expiry_of(made.server.pem).value(), kNow + kServerCertificateLives);
}

TEST(SharedKeys, AreLockedUnderTheKeyOfSeals) {
  const auto made = keys();
  const Secret seal_key = random_secret(32);
  const auto locked = lock_keys(made, seal_key);
  EXPECT_FALSE(locked.contains(made.path));
  EXPECT_FALSE(locked.contains("PRIVATE KEY"));
  const auto unlocked = unlock_keys(locked, seal_key);
  ASSERT_TRUE(unlocked) << unlocked.error().message();
  EXPECT_EQ(unlocked->path, made.path);
  EXPECT_EQ(unlocked->ca.key_pem.reveal(), made.ca.key_pem.reveal());
  EXPECT_FALSE(unlock_keys(locked, random_secret(32)));
  EXPECT_FALSE(unlock_keys("", seal_key));
}

// What the Secret holds is all that the next replica knows.
SharedKeys handed_over(const SharedKeys& keys) {
  return std::move(*read_keys(write_keys(keys)));
}

TEST(SharedKeys, ANewCaIsAnnouncedBeforeItSignsAndTheOldOneIsTrustedAWhileLonger) {
  auto made = keys();
  const auto old_ca = made.ca.pem;
  const auto due = kNow + kCaLives - 2 * kServerCertificateLives;
  ASSERT_TRUE(renew_certificates(made, kNames, due - 48h).value());  // the server's alone
  EXPECT_EQ(made.ca_bundle(), old_ca);

  ASSERT_TRUE(renew_certificates(made, kNames, due).value());
  auto announced = handed_over(made);
  const auto new_ca = announced.next_ca.value().pem;
  EXPECT_EQ(announced.ca_bundle(), old_ca + new_ca);
  EXPECT_EQ(announced.ca.pem, old_ca);
  EXPECT_EQ(renew_certificates(announced, kNames, due + kCaOverlap).value(), false);

  const auto signs = due + kCaOverlap + 1s;
  const auto server_of_old = announced.server.pem;
  ASSERT_TRUE(renew_certificates(announced, kNames, signs).value());
  auto signing = handed_over(announced);
  EXPECT_EQ(signing.ca.pem, new_ca);
  EXPECT_NE(signing.server.pem, server_of_old);
  EXPECT_EQ(signing.ca_bundle(), old_ca + new_ca);
  EXPECT_EQ(renew_certificates(signing, kNames, signs + kCaOverlap).value(), false);

  ASSERT_TRUE(renew_certificates(signing, kNames, signs + kCaOverlap + 1s).value());
  auto over = handed_over(signing);
  EXPECT_EQ(over.ca_bundle(), new_ca);
  EXPECT_EQ(renew_certificates(over, kNames, signs + 24h).value(), false);
}

}  // namespace
}  // namespace sallyport::keys
