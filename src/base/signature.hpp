#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace sallyport {

// Ed25519 (RFC 8032).
using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// A private key. Its PEM is PKCS #8, as `openssl genpkey -algorithm ed25519` writes it.
class SigningKey {
 public:
  [[nodiscard]] static Result<SigningKey> make();
  [[nodiscard]] static Result<SigningKey> read(const Secret& pem);
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] Result<Signature> sign(std::string_view message) const;
  [[nodiscard]] Result<Secret> pem() const;

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);

  std::unique_ptr<Key> key_;
  PublicKey public_key_{};
};

[[nodiscard]] bool is_signed_by(const PublicKey& key, std::string_view message, const Signature& signature);

}  // namespace sallyport
