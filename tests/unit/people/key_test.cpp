// Keys and sets of keys: which are taken, and for what.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "people/key_set.hpp"
#include "people/verifying_key.hpp"
#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

constexpr std::array kAll = {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
                             Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::eddsa};

std::string why(const json::Value& jwk) {
  const auto key = VerifyingKey::read(jwk);
  return key ? "taken" : key.error().message();
}

json::Value with(json::Value jwk, std::string_view member, json::Value value) {
  jwk.set(member, std::move(value));
  return jwk;
}

TEST(Algorithms, AreTakenByTheirExactNamesAlone) {
  for (const auto each : kAll) EXPECT_EQ(parse_algorithm(to_string(each)), each);
  for (const char* text : {"none", "None", "nOnE", "", "HS256", "HS384", "HS512", "rs256", "RS1", "ES512", "ES256K",
                           "Ed25519", "RSA-OAEP", "dir", "RS256 "})
    EXPECT_FALSE(parse_algorithm(text)) << text;
}

struct Served {
  const char* name;
  IssuerKey key;
  std::vector<Algorithm> algorithms;
};

std::vector<Served> all_kinds() {
  return {
      {"RSA",
       rsa_key(),
       {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384, Algorithm::ps512}},
      {"P-256", ec_key(), {Algorithm::es256}},
      {"P-384", IssuerKey::ec("P-384"), {Algorithm::es384}},
      {"Ed25519", IssuerKey::ed25519(), {Algorithm::eddsa}}};
}

TEST(VerifyingKeys, ServeWhatFollowsFromTheKeyAndNothingElse) {
  for (const auto& [name, pair, algorithms] : all_kinds()) {
    const auto key = VerifyingKey::read(pair.jwk()).value();
    for (const auto algorithm : kAll) {
      const bool serves = std::ranges::find(algorithms, algorithm) != algorithms.end();
      EXPECT_EQ(key.serves(algorithm), serves) << name << " " << to_string(algorithm);
      if (!serves) continue;
      const auto signature = pair.sign(algorithm, "text");
      for (const auto other : kAll)
        EXPECT_EQ(key.has_signed(other, "text", signature), other == algorithm) << name << " " << to_string(other);
      EXPECT_FALSE(key.has_signed(algorithm, "Text", signature));
    }
  }
}

TEST(VerifyingKeys, TakeNoSignatureOfAnotherLengthOrWithAnyByteChanged) {
  for (const auto& [name, pair, algorithms] : all_kinds()) {
    const auto key = VerifyingKey::read(pair.jwk()).value();
    const auto signature = pair.sign(algorithms.back(), "text");
    EXPECT_FALSE(key.has_signed(algorithms.back(), "text", "")) << name;
    EXPECT_FALSE(key.has_signed(algorithms.back(), "text", signature + '\0')) << name;
    EXPECT_FALSE(key.has_signed(algorithms.back(), "text", '\0' + signature)) << name;
    EXPECT_FALSE(key.has_signed(algorithms.back(), "text", signature.substr(1))) << name;
    EXPECT_FALSE(key.has_signed(algorithms.back(), "text", std::string(signature.size(), '\0'))) << name;
    for (std::size_t at = 0; at < signature.size(); at += 7) {
      auto changed = signature;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      EXPECT_FALSE(key.has_signed(algorithms.back(), "text", changed)) << name << " at " << at;
    }
  }
}

TEST(VerifyingKeys, TakeNoDerForEcdsa) {
  const auto key = VerifyingKey::read(ec_key().jwk()).value();
  EXPECT_TRUE(key.has_signed(Algorithm::es256, "text", ec_key().sign(Algorithm::es256, "text")));
  for (int i = 0; i < 8; ++i)
    EXPECT_FALSE(key.has_signed(Algorithm::es256, "text", ec_key().sign(Algorithm::es256, "text", true)));
}

TEST(VerifyingKeys, GoByTheAlgorithmThatTheJwkNames) {
  const auto key = VerifyingKey::read(with(rsa_key().jwk(), "alg", "PS256")).value();
  EXPECT_TRUE(key.serves(Algorithm::ps256));
  EXPECT_FALSE(key.serves(Algorithm::rs256));
  EXPECT_FALSE(key.has_signed(Algorithm::rs256, "text", rsa_key().sign(Algorithm::rs256, "text")));
  for (const char* other : {"ES256", "EdDSA", "HS256", "none", ""})
    EXPECT_NE(why(with(rsa_key().jwk(), "alg", other)).find("alg"), std::string::npos) << other;
  EXPECT_NE(why(with(rsa_key().jwk(), "alg", 1)), "taken");
}

TEST(VerifyingKeys, AreRefusedWhenWeak) {
  EXPECT_NE(why(IssuerKey::rsa(1024).jwk()).find("1024 bits"), std::string::npos);
  EXPECT_NE(why(IssuerKey::rsa(2040).jwk()).find("2040 bits"), std::string::npos);
  EXPECT_EQ(why(IssuerKey::rsa(3072).jwk()), "taken");
  EXPECT_NE(why(with(rsa_key().jwk(), "n", base64url(std::string(1025, '\xff')))).find("more than 8192"),
            std::string::npos);
  EXPECT_NE(why(with(rsa_key().jwk(), "n", base64url(std::string(9000, '\xff')))).find("too long"), std::string::npos);
  EXPECT_NE(why(with(rsa_key().jwk(), "n", base64url(std::string(256, '\xfe')))).find("even"), std::string::npos);
  for (const auto& exponent :
       {std::string("\x01"), std::string("\x03"), std::string("\x01\x00\x00", 3), std::string(5, '\xff')})
    EXPECT_NE(why(with(rsa_key().jwk(), "e", base64url(exponent))).find("exponent"), std::string::npos);
  EXPECT_NE(why(with(rsa_key().jwk(), "e", base64url(std::string(65, '\xff')))).find("too long"), std::string::npos);
  EXPECT_NE(why(with(rsa_key().jwk(), "e", "AQAB=")), "taken");
  EXPECT_NE(why(with(rsa_key().jwk(), "e", "")), "taken");
}

TEST(VerifyingKeys, AreRefusedWhereTheirPointIsNotOnTheCurve) {
  const auto x = *decode_base64url(ec_key().jwk()["x"].text());
  auto beside = x;
  beside.back() = static_cast<char>(beside.back() ^ 1);
  for (const auto& other : {std::string(32, '\0'), std::string(32, '\xff'), beside})
    EXPECT_NE(why(with(ec_key().jwk(), "x", base64url(other))), "taken");
  EXPECT_NE(why(with(ec_key().jwk(), "x", base64url(x.substr(1)))).find("32 bytes"), std::string::npos);
  EXPECT_NE(why(with(ec_key().jwk(), "x", base64url('\0' + x))).find("32 bytes"), std::string::npos);
  EXPECT_NE(why(with(ec_key().jwk(), "crv", "P-384")), "taken");
  EXPECT_NE(why(with(IssuerKey::ec("P-384").jwk(), "crv", "P-256")), "taken");
  for (const char* curve : {"P-521", "secp256k1", "p-256", "Ed25519", ""})
    EXPECT_NE(why(with(ec_key().jwk(), "crv", curve)), "taken") << curve;
}

TEST(VerifyingKeys, AreRefusedWhereAnybodyCanSignUnderThem) {
  const auto point = [](const char* hex) {
    std::string bytes;
    for (std::string_view text(hex); !text.empty(); text.remove_prefix(2))
      bytes += static_cast<char>(std::stoi(std::string(text.substr(0, 2)), nullptr, 16));
    return json::Value(base64url(bytes));
  };
  for (const char* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000080",
                          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"})
    EXPECT_NE(why(with(IssuerKey::ed25519().jwk(), "x", point(hex))).find("small order"), std::string::npos) << hex;
  EXPECT_NE(why(with(IssuerKey::ed25519().jwk(), "x", base64url(std::string(31, 'a')))).find("32 bytes"),
            std::string::npos);
}

TEST(VerifyingKeys, AreRefusedWhereTheyAreForSomethingElse) {
  EXPECT_EQ(why(with(ec_key().jwk(), "use", "sig")), "taken");
  EXPECT_NE(why(with(ec_key().jwk(), "use", "enc")).find("use"), std::string::npos);
  EXPECT_NE(why(with(ec_key().jwk(), "use", nullptr)).find("use"), std::string::npos);
  EXPECT_EQ(why(with(ec_key().jwk(), "key_ops", json::Value::Array{"sign", "verify"})), "taken");
  EXPECT_NE(why(with(ec_key().jwk(), "key_ops", json::Value::Array{"sign"})).find("key_ops"), std::string::npos);
  EXPECT_NE(why(with(ec_key().jwk(), "key_ops", "verify")).find("key_ops"), std::string::npos);
  EXPECT_NE(why(with(ec_key().jwk(), "d", "AAAA")).find("private"), std::string::npos);
  json::Value symmetric = json::Value::object();
  symmetric.set("kty", "oct").set("k", "c2VjcmV0").set("kid", "k1");
  EXPECT_NE(why(symmetric).find("symmetric"), std::string::npos);
  EXPECT_NE(why(json::Value("RSA")), "taken");
  EXPECT_NE(why(ec_key().jwk(std::string(257, 'k'))).find("kid"), std::string::npos);
  EXPECT_NE(why(with(ec_key().jwk(), "kid", 7)).find("kid"), std::string::npos);
}

std::string why_set(std::string_view text) {
  const auto set = KeySet::read(text);
  return set ? "taken" : set.error().message();
}

TEST(KeySets, LeaveOutWhatCannotBeUsedAndTakeTheOthers) {
  json::Value unknown = json::Value::object();
  unknown.set("kty", "PQC").set("kid", "new");
  const auto set =
      key_set({unknown, rsa_key().jwk("a"), with(ec_key().jwk("b"), "use", "enc"), IssuerKey::rsa(1024).jwk("c")});
  ASSERT_EQ(set.keys().size(), 1);
  EXPECT_EQ(set.keys().front().id(), "a");
  EXPECT_EQ(set.left_out().size(), 3);
}

TEST(KeySets, TakeNoneOfTwoKeysWithOneId) {
  const auto set = key_set({rsa_key().jwk("a"), ec_key().jwk("a"), other_rsa_key().jwk("b")});
  ASSERT_EQ(set.keys().size(), 1);
  EXPECT_EQ(set.keys().front().id(), "b");
  // Also where one of the two could not be used anyway.
  EXPECT_NE(why_set(jwks({rsa_key().jwk("a"), with(ec_key().jwk("a"), "use", "enc")})).find("twice"),
            std::string::npos);
}

TEST(KeySets, AreBounded) {
  for (const char* text :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1,"a",null]})", R"({"keys":[],"keys":[]})"})
    EXPECT_NE(why_set(text), "taken") << text;
  std::vector<json::Value> many;
  for (int i = 0; i < 65; ++i) many.push_back(ec_key().jwk(std::to_string(i)));
  EXPECT_NE(why_set(jwks(many)).find("more than 64"), std::string::npos);
  many.pop_back();
  EXPECT_EQ(why_set(jwks(many)), "taken");
  EXPECT_NE(why_set(std::string((256u << 10) + 1, ' ')).find("is the limit"), std::string::npos);
}

TEST(KeySets, ChooseByIdAndByWhatTheKeyServes) {
  const auto set = key_set({rsa_key().jwk("a"), other_rsa_key().jwk("b"), ec_key().jwk("c")});
  EXPECT_EQ(set.choose(Algorithm::rs256, "b").value().id(), "b");
  EXPECT_EQ(set.choose(Algorithm::es256, {}).value().id(), "c");
  EXPECT_EQ(set.choose(Algorithm::rs256, {}).error().code(), ErrorCode::bad_input);
  EXPECT_EQ(set.choose(Algorithm::rs256, "d").error().code(), ErrorCode::not_found);
  EXPECT_EQ(set.choose(Algorithm::es256, "a").error().code(), ErrorCode::not_found);
  EXPECT_EQ(set.choose(Algorithm::eddsa, {}).error().code(), ErrorCode::not_found);
  // A key without an id is chosen by tokens without one alone.
  const auto nameless = key_set({rsa_key().jwk("")});
  EXPECT_TRUE(nameless.choose(Algorithm::rs256, {}));
  EXPECT_FALSE(nameless.choose(Algorithm::rs256, "a"));
}

}  // namespace
}  // namespace sallyport::people
