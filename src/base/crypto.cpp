#include "base/crypto.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

namespace sallyport {
namespace {

// A digest that could not be made must not be taken for one that was.
[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "sallyport: %s; ending the process, since nothing safe can be done\n", what);
  std::abort();
}

void wipe(std::vector<char>& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

std::array<char, 8> big_endian(std::uint64_t number) {
  std::array<char, 8> bytes{};
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, number >>= 8) *byte = static_cast<char>(number & 0xff);
  return bytes;
}

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

Secret::~Secret() {
  wipe(bytes_);
}

// One of the two is set.
struct Hasher::State {
  std::unique_ptr<EVP_MD_CTX, FreeDigest> digest;
  std::unique_ptr<EVP_MAC_CTX, FreeMac> mac;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  // Looked up once: for a short text that costs as much as its hash.
  static const std::unique_ptr<EVP_MD, FreeDigest> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  state_->digest.reset(EVP_MD_CTX_new());
  if (!state_->digest || EVP_DigestInit_ex2(state_->digest.get(), sha256.get(), nullptr) != 1)
    die("OpenSSL cannot start SHA-256");
}

Hasher::Hasher(const Secret& key) : state_(std::make_unique<State>()) {
  // A key that was never loaded would give sums that anybody can make.
  if (key.empty()) die("an HMAC was asked for under an empty key");
  static const std::unique_ptr<EVP_MAC, FreeMac> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  state_->mac.reset(EVP_MAC_CTX_new(hmac.get()));
  char name[] = "SHA256";
  const OSSL_PARAM options[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                OSSL_PARAM_construct_end()};
  const auto bytes = key.reveal();
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (!state_->mac || EVP_MAC_init(state_->mac.get(), data, bytes.size(), options) != 1)
    die("OpenSSL cannot start HMAC-SHA-256");
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

Hasher& Hasher::bytes(std::string_view bytes) {
  if (!state_) die("a finished hash was given more bytes");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const int done = state_->mac ? EVP_MAC_update(state_->mac.get(), data, bytes.size())
                               : EVP_DigestUpdate(state_->digest.get(), data, bytes.size());
  if (done != 1) die("OpenSSL cannot hash");
  return *this;
}

Hasher& Hasher::field(std::string_view text) {
  const auto length = big_endian(text.size());
  return bytes({length.data(), length.size()}).bytes(text);
}

Hasher& Hasher::field(std::uint64_t number) {
  const auto text = big_endian(number);
  return field(std::string_view(text.data(), text.size()));
}

Sha256Sum Hasher::finish() {
  if (!state_) die("a finished hash was finished again");
  Sha256Sum sum{};
  std::size_t length = 0;
  unsigned digest_length = 0;
  const int done = state_->mac ? EVP_MAC_final(state_->mac.get(), sum.data(), &length, sum.size())
                               : EVP_DigestFinal_ex(state_->digest.get(), sum.data(), &digest_length);
  if (done != 1 || length + digest_length != sum.size()) die("OpenSSL cannot finish a hash");
  state_.reset();
  return sum;
}

Sha256Sum sha256(std::string_view bytes) {
  return Hasher().bytes(bytes).finish();
}

Sha256Sum hmac_sha256(const Secret& key, std::string_view bytes) {
  return Hasher(key).bytes(bytes).finish();
}

int no_password(char*, int, int, void*) {
  return -1;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret random_secret(std::size_t bytes) {
  std::vector<char> buffer(bytes);
  for (std::size_t filled = 0; filled < bytes;) {
    const auto count = getrandom(buffer.data() + filled, bytes - filled, 0);
    if (count < 0 && errno != EINTR) die("the operating system gives no random bytes");
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  Secret secret({buffer.data(), buffer.size()});
  wipe(buffer);
  return secret;
}

}  // namespace sallyport
