#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "json/value.hpp"
#include "people/algorithm.hpp"
#include "people/key_set.hpp"

namespace sallyport::people {

// A key pair of an issuer in these tests: signs whatever it is given.
class IssuerKey {
 public:
  static IssuerKey rsa(unsigned bits = 2048, unsigned exponent = 65537);
  static IssuerKey ec(const char* curve = "P-256");
  static IssuerKey ed25519();

  [[nodiscard]] json::Value jwk(std::string_view id = "k1") const;
  // As JWS has it; of EC keys with `der` as OpenSSL writes it.
  [[nodiscard]] std::string sign(Algorithm algorithm, std::string_view text, bool der = false) const;

 private:
  struct Key;
  explicit IssuerKey(std::shared_ptr<Key> key) : key_(std::move(key)) {}
  std::shared_ptr<Key> key_;
};

// Made once: RSA keys take a while.
const IssuerKey& rsa_key();
const IssuerKey& other_rsa_key();
const IssuerKey& ec_key();

[[nodiscard]] std::string jwks(const std::vector<json::Value>& keys);
[[nodiscard]] KeySet key_set(const std::vector<json::Value>& keys);

constexpr std::string_view kIssuer = "https://id.example.com/realm";
constexpr std::string_view kClient = "sallyport";
constexpr Instant kNow{std::chrono::seconds(1'800'000'000)};

// A login's claims, as they must be at kNow.
[[nodiscard]] json::Value good_claims();
[[nodiscard]] std::string unsigned_part(std::string_view header, std::string_view payload);
[[nodiscard]] std::string signed_token(const IssuerKey& key, Algorithm algorithm, std::string_view header,
                                       std::string_view payload);
[[nodiscard]] std::string good_token(const IssuerKey& key, Algorithm algorithm,
                                     const json::Value& claims = good_claims());

}  // namespace sallyport::people
