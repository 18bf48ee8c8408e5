#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"
#include "people/algorithm.hpp"

namespace sallyport::people {

// An issuer's public key, read from its JWK (RFC 7517). Which algorithms it serves follows from the key itself, never
// from a token: RSA of 2048 to 8192 bits, P-256, P-384, Ed25519. Any thread.
class VerifyingKey {
 public:
  // bad_input, with the reason: a key that is too weak, not on its curve, symmetric, private, meant for something else
  // than signatures, or of a kind that is not known.
  [[nodiscard]] static Result<VerifyingKey> read(const json::Value& jwk);

  [[nodiscard]] const std::string& id() const;  // "kid"; "" where it has none
  [[nodiscard]] bool serves(Algorithm algorithm) const;
  // False for an algorithm that it does not serve. ECDSA signatures are r and s behind each other, as JWS has them, not
  // DER.
  [[nodiscard]] bool has_signed(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  struct Key;
  explicit VerifyingKey(std::shared_ptr<const Key> key);

  std::shared_ptr<const Key> key_;
};

}  // namespace sallyport::people
