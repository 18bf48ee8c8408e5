#include "base/signature.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

namespace sallyport {
namespace {

constexpr std::string_view kPassword = "open sesame";

std::string key_under_a_password() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
                                                                EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), kPassword.data(),
                                static_cast<int>(kPassword.size()), nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// Somebody at the keys, who would answer.
class Typing {
 public:
  Typing() : before_(::dup(STDIN_FILENO)) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const auto typed = std::string(kPassword) + "\n";
    EXPECT_EQ(::write(ends[1], typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    ::close(ends[1]);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
  }
  Typing(const Typing&) = delete;
  Typing& operator=(const Typing&) = delete;
  ~Typing() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }

 private:
  int before_;
};

TEST(SigningKey, OneUnderAPasswordIsRefusedAndNobodyIsAskedForIt) {
  const auto pem = key_under_a_password();
  ASSERT_NE(pem.find("ENCRYPTED"), std::string::npos);
  const Typing somebody;
  EXPECT_FALSE(SigningKey::read(Secret(pem)));
}

TEST(SigningKey, IsReadBackFromItsOwnPem) {
  const auto made = SigningKey::make().value();
  const auto read = SigningKey::read(made.pem().value());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->public_key(), made.public_key());
}

}  // namespace
}  // namespace sallyport
