#include "people/verifying_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/base64url.hpp"

namespace sallyport::people {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;  // above, each look at a signature costs milliseconds
// SP 800-56B asks for exponents above 2^16; what is longer than 32 bits makes a signature dear to look at.
constexpr BN_ULONG kLeastExponent = 65537;
constexpr int kMostExponentBits = 32;
constexpr std::size_t kLongestId = 256;

struct Freed {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(OSSL_PARAM_BLD* build) const { OSSL_PARAM_BLD_free(build); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
template <typename T>
using Owned = std::unique_ptr<T, Freed>;

// What OpenSSL puts down about a failure here must not be taken for one of the TLS connection that the same thread
// serves next.
class OwnErrors {
 public:
  OwnErrors() { ERR_set_mark(); }
  ~OwnErrors() { ERR_pop_to_mark(); }
  OwnErrors(const OwnErrors&) = delete;
  OwnErrors& operator=(const OwnErrors&) = delete;
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

enum class Kind { rsa, p256, p384, ed25519 };

Kind kind_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es256:
      return Kind::p256;
    case Algorithm::es384:
      return Kind::p384;
    case Algorithm::eddsa:
      return Kind::ed25519;
    default:
      return Kind::rsa;
  }
}

bool is_pss(Algorithm algorithm) {
  return algorithm == Algorithm::ps256 || algorithm == Algorithm::ps384 || algorithm == Algorithm::ps512;
}

// Nothing where the algorithm hashes by itself.
const char* digest_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::rs256:
    case Algorithm::ps256:
    case Algorithm::es256:
      return "SHA256";
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384:
      return "SHA384";
    case Algorithm::rs512:
    case Algorithm::ps512:
      return "SHA512";
    case Algorithm::eddsa:
      return nullptr;
  }
  return nullptr;
}

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::bad_input, std::move(why));
}

Result<std::string> octets(const json::Value& jwk, std::string_view member) {
  auto bytes = decode_base64url(jwk[member].text());
  if (!bytes || bytes->empty()) return refuse(fmt::format("its member {} is no base64url", member));
  return *std::move(bytes);
}

Result<Owned<EVP_PKEY>> make(const char* type, OSSL_PARAM_BLD* build) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(build));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return refuse("it is no valid public key");
  }
  return Owned<EVP_PKEY>(key);
}

// On the curve, and not its point at infinity. (OpenSSL's check of an RSA key looks for primes, which takes long and
// says nothing about who can sign.)
bool is_on_curve(EVP_PKEY* key) {
  const Owned<EVP_PKEY_CTX> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1;
}

Result<Owned<EVP_PKEY>> read_rsa(const json::Value& jwk) {
  const auto n = octets(jwk, "n");
  if (!n) return fail(n.error());
  const auto e = octets(jwk, "e");
  if (!e) return fail(e.error());
  if (n->size() > 2 * kMostRsaBits / 8 || e->size() > 64) return refuse("its numbers are too long");
  const Owned<BIGNUM> modulus(BN_bin2bn(bytes_of(*n), static_cast<int>(n->size()), nullptr));
  const Owned<BIGNUM> exponent(BN_bin2bn(bytes_of(*e), static_cast<int>(e->size()), nullptr));
  if (!modulus || !exponent) return refuse("it is no valid public key");
  const int bits = BN_num_bits(modulus.get());
  if (bits < kLeastRsaBits) return refuse(fmt::format("an RSA key of {} bits, fewer than {}", bits, kLeastRsaBits));
  if (bits > kMostRsaBits) return refuse(fmt::format("an RSA key of {} bits, more than {}", bits, kMostRsaBits));
  const bool too_long = BN_num_bits(exponent.get()) > kMostExponentBits;
  if (too_long || BN_is_odd(exponent.get()) == 0 || BN_get_word(exponent.get()) < kLeastExponent)
    return refuse("its exponent is even, below 65537, or longer than 32 bits");
  if (BN_is_odd(modulus.get()) == 0) return refuse("its modulus is even");
  const Owned<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return refuse("it is no valid public key");
  }
  return make("RSA", build.get());
}

std::size_t coordinate_size(Kind kind) {
  return kind == Kind::p256 ? 32 : 48;
}

Result<Owned<EVP_PKEY>> read_ec(const json::Value& jwk, Kind kind) {
  const auto x = octets(jwk, "x");
  if (!x) return fail(x.error());
  const auto y = octets(jwk, "y");
  if (!y) return fail(y.error());
  const auto size = coordinate_size(kind);
  if (x->size() != size || y->size() != size) return refuse(fmt::format("its coordinates are not {} bytes each", size));
  const auto point = "\x04" + *x + *y;
  const char* curve = kind == Kind::p256 ? "P-256" : "P-384";
  const Owned<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return refuse("it is no valid public key");
  }
  auto key = make("EC", build.get());
  if (key && !is_on_curve(key->get())) return refuse("its point is not on the curve");
  return key;
}

// Points of small order, by their second coordinate: anybody can sign under such a key. Also the two that are written
// with a number beyond the field's.
bool has_small_order(std::string point) {
  point.back() = static_cast<char>(point.back() & 0x7f);
  static const std::array<std::string, 7> kPoints = [] {
    const std::string first =
        "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
        "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05";
    const std::string second =
        "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
        "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a";
    const auto number = [](char low, char middle, char high) {
      std::string text(32, middle);
      text.front() = low;
      text.back() = high;
      return text;
    };
    return std::array<std::string, 7>{number(0, 0, 0),
                                      number(1, 0, 0),
                                      first,
                                      second,
                                      number('\xec', '\xff', '\x7f'),
                                      number('\xed', '\xff', '\x7f'),
                                      number('\xee', '\xff', '\x7f')};
  }();
  return std::ranges::find(kPoints, point) != kPoints.end();
}

Result<Owned<EVP_PKEY>> read_ed25519(const json::Value& jwk) {
  const auto x = octets(jwk, "x");
  if (!x) return fail(x.error());
  if (x->size() != 32) return refuse("its point is not 32 bytes");
  if (has_small_order(*x)) return refuse("its point has a small order: anybody can sign under it");
  Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()));
  if (!key) return refuse("it is no valid public key");
  return key;
}

Result<Kind> read_kind(const json::Value& jwk) {
  const auto type = jwk["kty"].text();
  const auto curve = jwk["crv"].text();
  if (type == "RSA") return Kind::rsa;
  if (type == "EC" && curve == "P-256") return Kind::p256;
  if (type == "EC" && curve == "P-384") return Kind::p384;
  if (type == "OKP" && curve == "Ed25519") return Kind::ed25519;
  if (type == "oct") return refuse("a symmetric key: whoever can check with it can sign");
  return refuse("a kind of key that is not known here");
}

// What the key is for, as far as it says so.
Result<void> check_purpose(const json::Value& jwk) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
    if (jwk.find(member) != nullptr) return refuse("it holds a private key, which is not private any more");
  if (const auto* use = jwk.find("use"); use != nullptr && use->text() != "sig") return refuse("its use is not sig");
  if (const auto* operations = jwk.find("key_ops")) {
    const auto verifies = [](const json::Value& operation) { return operation.text() == "verify"; };
    if (std::ranges::none_of(operations->items(), verifies)) return refuse("its key_ops hold no verify");
  }
  return {};
}

// JWS has r and s behind each other, OpenSSL takes DER.
std::vector<std::uint8_t> der_of(Kind kind, std::string_view signature) {
  const auto size = coordinate_size(kind);
  if (signature.size() != 2 * size) return {};
  const auto number = [&](std::size_t from) {
    return BN_bin2bn(bytes_of(signature) + from, static_cast<int>(size), nullptr);
  };
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r(number(0));
  Owned<BIGNUM> s(number(size));
  if (!pair || !r || !s) return {};
  // The pair owns both from here: it refuses null alone.
  if (ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) return {};
  unsigned char* out = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &out);
  if (length <= 0) return {};
  std::vector<std::uint8_t> der(out, out + length);
  OPENSSL_free(out);
  return der;
}

bool set_pss(EVP_PKEY_CTX* options) {
  return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

struct VerifyingKey::Key {
  Owned<EVP_PKEY> pkey;
  Kind kind;
  std::string id;
  std::optional<Algorithm> only;  // the one that the JWK names
};

VerifyingKey::VerifyingKey(std::shared_ptr<const Key> key) : key_(std::move(key)) {}

Result<VerifyingKey> VerifyingKey::read(const json::Value& jwk) {
  const OwnErrors errors;
  if (!jwk.is_object()) return refuse("it is no JSON object");
  const auto kind = read_kind(jwk);
  if (!kind) return fail(kind.error());
  if (const auto purpose = check_purpose(jwk); !purpose) return fail(purpose.error());
  auto key = std::make_shared<Key>();
  key->kind = *kind;
  if (const auto* id = jwk.find("kid")) {
    key->id = id->text();
    if (key->id.empty() || key->id.size() > kLongestId) return refuse("its kid is no text of 1 to 256 bytes");
  }
  if (const auto* algorithm = jwk.find("alg")) {
    key->only = parse_algorithm(algorithm->text());
    if (!key->only || kind_of(*key->only) != *kind) return refuse("its alg is not one for such a key");
  }
  auto pkey = *kind == Kind::rsa ? read_rsa(jwk) : *kind == Kind::ed25519 ? read_ed25519(jwk) : read_ec(jwk, *kind);
  if (!pkey) return fail(pkey.error());
  key->pkey = *std::move(pkey);
  return VerifyingKey(std::move(key));
}

const std::string& VerifyingKey::id() const {
  return key_->id;
}

bool VerifyingKey::serves(Algorithm algorithm) const {
  return key_->only ? *key_->only == algorithm : kind_of(algorithm) == key_->kind;
}

bool VerifyingKey::has_signed(Algorithm algorithm, std::string_view message, std::string_view signature) const {
  const OwnErrors errors;
  if (!serves(algorithm)) return false;
  std::vector<std::uint8_t> der;
  auto bytes = signature;
  if (key_->kind == Kind::p256 || key_->kind == Kind::p384) {
    der = der_of(key_->kind, signature);
    if (der.empty()) return false;
    bytes = {reinterpret_cast<const char*>(der.data()), der.size()};
  } else if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(key_->pkey.get()))) {
    // OpenSSL takes PSS signatures whose leading zeros were left out.
    return false;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  return context &&
         EVP_DigestVerifyInit_ex(context.get(), &options, digest_of(algorithm), nullptr, nullptr, key_->pkey.get(),
                                 nullptr) == 1 &&
         (!is_pss(algorithm) || set_pss(options)) &&
         EVP_DigestVerify(context.get(), bytes_of(bytes), bytes.size(), bytes_of(message), message.size()) == 1;
}

}  // namespace sallyport::people
