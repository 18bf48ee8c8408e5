#include "unit/people/issuer.hpp"

#include <cstdlib>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/base64url.hpp"
#include "json/json.hpp"

namespace sallyport::people {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string number_of(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(static_cast<std::size_t>(size != 0 ? size : BN_num_bytes(number)), '\0');
  require(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) > 0);
  BN_free(number);
  return base64url(bytes);
}

std::string raw_of(const std::string& der, int size) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  auto* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  require(pair != nullptr);
  std::string raw(static_cast<std::size_t>(2 * size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  require(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, size) > 0 &&
          BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + size, size) > 0);
  ECDSA_SIG_free(pair);
  return raw;
}

const char* digest_of(Algorithm algorithm) {
  const auto name = to_string(algorithm);
  if (name.ends_with("256")) return "SHA256";
  if (name.ends_with("384")) return "SHA384";
  return name.ends_with("512") ? "SHA512" : nullptr;
}

}  // namespace

struct IssuerKey::Key {
  EVP_PKEY* pkey;
  std::string type;
  ~Key() { EVP_PKEY_free(pkey); }
};

IssuerKey IssuerKey::rsa(unsigned bits, unsigned exponent) {
  auto* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  auto* e = BN_new();
  EVP_PKEY* pkey = nullptr;
  require(BN_set_word(e, exponent) == 1 && EVP_PKEY_keygen_init(context) == 1 &&
          EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(bits)) == 1);
  require(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1 && EVP_PKEY_generate(context, &pkey) == 1);
  BN_free(e);
  EVP_PKEY_CTX_free(context);
  return IssuerKey(std::make_shared<Key>(pkey, "RSA"));
}

IssuerKey IssuerKey::ec(const char* curve) {
  return IssuerKey(std::make_shared<Key>(EVP_EC_gen(curve), curve));
}

IssuerKey IssuerKey::ed25519() {
  return IssuerKey(std::make_shared<Key>(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "Ed25519"));
}

json::Value IssuerKey::jwk(std::string_view id) const {
  json::Value jwk = json::Value::object();
  if (!id.empty()) jwk.set("kid", id);
  if (key_->type == "RSA") {
    jwk.set("kty", "RSA").set("n", number_of(key_->pkey, OSSL_PKEY_PARAM_RSA_N));
    jwk.set("e", number_of(key_->pkey, OSSL_PKEY_PARAM_RSA_E));
  } else if (key_->type == "Ed25519") {
    std::string point(32, '\0');
    std::size_t size = point.size();
    require(EVP_PKEY_get_raw_public_key(key_->pkey, reinterpret_cast<unsigned char*>(point.data()), &size) == 1);
    jwk.set("kty", "OKP").set("crv", "Ed25519").set("x", base64url(point));
  } else {
    const int size = (EVP_PKEY_get_bits(key_->pkey) + 7) / 8;
    jwk.set("kty", "EC").set("crv", key_->type).set("x", number_of(key_->pkey, OSSL_PKEY_PARAM_EC_PUB_X, size));
    jwk.set("y", number_of(key_->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size));
  }
  return jwk;
}

std::string IssuerKey::sign(Algorithm algorithm, std::string_view text, bool der) const {
  auto* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  require(EVP_DigestSignInit_ex(context, &options, digest_of(algorithm), nullptr, nullptr, key_->pkey, nullptr) == 1);
  if (to_string(algorithm).starts_with("PS")) {
    require(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  std::string signature(1024, '\0');
  std::size_t size = signature.size();
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  require(EVP_DigestSign(context, out, &size, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return key_->type.starts_with("P-") && !der ? raw_of(signature, (EVP_PKEY_get_bits(key_->pkey) + 7) / 8) : signature;
}

const IssuerKey& rsa_key() {
  static const auto key = IssuerKey::rsa();
  return key;
}
const IssuerKey& other_rsa_key() {
  static const auto key = IssuerKey::rsa();
  return key;
}
const IssuerKey& ec_key() {
  static const auto key = IssuerKey::ec();
  return key;
}

std::string jwks(const std::vector<json::Value>& keys) {
  json::Value set = json::Value::object();
  set.set("keys", json::Value(json::Value::Array(keys.begin(), keys.end())));
  return json::write(set);
}

KeySet key_set(const std::vector<json::Value>& keys) {
  auto set = KeySet::read(jwks(keys));
  require(set.has_value());
  return *std::move(set);
}

json::Value good_claims() {
  json::Value claims = json::Value::object();
  claims.set("iss", kIssuer).set("sub", "u-1").set("aud", kClient).set("nonce", "n-1");
  claims.set("iat", std::int64_t{1'800'000'000 - 10}).set("exp", std::int64_t{1'800'000'000 + 300});
  return claims;
}

std::string unsigned_part(std::string_view header, std::string_view payload) {
  return base64url(header) + "." + base64url(payload);
}

std::string signed_token(const IssuerKey& key, Algorithm algorithm, std::string_view header, std::string_view payload) {
  const auto text = unsigned_part(header, payload);
  return text + "." + base64url(key.sign(algorithm, text));
}

std::string good_token(const IssuerKey& key, Algorithm algorithm, const json::Value& claims) {
  json::Value header = json::Value::object();
  header.set("alg", to_string(algorithm)).set("kid", "k1").set("typ", "JWT");
  return signed_token(key, algorithm, json::write(header), json::write(claims));
}

}  // namespace sallyport::people
