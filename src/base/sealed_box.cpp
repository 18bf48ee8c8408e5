#include "base/sealed_box.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace sallyport {
namespace {

// A box is nonce, ciphertext, tag.
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Any key becomes one of the cipher's length, which is used for nothing else.
Sha256Sum cipher_key(const Secret& key) {
  return hmac_sha256(key, "sallyport sealed box, AES-256-GCM");
}

// Said of what cannot fail but for want of memory: a box that is not closed must not be taken for one that is.
void must(bool done) {
  if (done) return;
  std::fprintf(stderr, "sallyport: OpenSSL cannot encrypt; ending the process, since nothing safe can be done\n");
  std::abort();
}

}  // namespace

std::string close_box(const Secret& key, std::string_view context, std::string_view content) {
  const auto nonce = random_secret(kNonce);
  auto secret = cipher_key(key);
  std::string box(kNonce + content.size() + kTag, '\0');
  nonce.reveal().copy(box.data(), kNonce);
  auto* out = reinterpret_cast<unsigned char*>(box.data()) + kNonce;
  int length = 0;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  must(cipher && EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), secret.data(), bytes_of(box), nullptr) == 1);
  OPENSSL_cleanse(secret.data(), secret.size());
  must(EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(context), static_cast<int>(context.size())) == 1);
  must(EVP_EncryptUpdate(cipher.get(), out, &length, bytes_of(content), static_cast<int>(content.size())) == 1);
  must(EVP_EncryptFinal_ex(cipher.get(), out + length, &length) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, out + content.size()) == 1);
  return box;
}

Result<Secret> open_box(const Secret& key, std::string_view context, std::string_view box) {
  const auto refused = [] { return fail(ErrorCode::bad_input, "it was not closed under this key"); };
  if (box.size() < kNonce + kTag) return refused();
  const auto closed = box.substr(kNonce, box.size() - kNonce - kTag);
  std::string tag(box.substr(box.size() - kTag));
  auto secret = cipher_key(key);
  std::vector<unsigned char> content(closed.size() + 1);
  int length = 0;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  must(cipher && EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), secret.data(), bytes_of(box), nullptr) == 1);
  OPENSSL_cleanse(secret.data(), secret.size());
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1);
  must(EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(context), static_cast<int>(context.size())) == 1);
  must(EVP_DecryptUpdate(cipher.get(), content.data(), &length, bytes_of(closed), static_cast<int>(closed.size())) ==
       1);
  const bool whole = EVP_DecryptFinal_ex(cipher.get(), content.data() + length, &length) == 1;
  Secret opened = whole ? Secret({reinterpret_cast<const char*>(content.data()), closed.size()}) : Secret();
  OPENSSL_cleanse(content.data(), content.size());
  if (!whole) return refused();
  return opened;
}

}  // namespace sallyport
