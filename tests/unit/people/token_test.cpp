// Tokens: the attacks of RFC 8725, one by one. The same tokens by other implementations: second_opinions_test.cpp.
#include "people/token.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "base/crypto.hpp"
#include "json/json.hpp"
#include "people/jws.hpp"
#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

using std::chrono::seconds;

const KeySet& keys() {
  static const auto set = key_set({rsa_key().jwk("k1"), ec_key().jwk("e1")});
  return set;
}

TokenRules rules() {
  return {.issuer = std::string(kIssuer), .audience = std::string(kClient), .nonce = "n-1"};
}

std::string why(std::string_view token, const TokenRules& by = rules(), Instant now = kNow,
                const KeySet& set = keys()) {
  const auto verified = verify_token(token, set, by, now);
  return verified ? "taken" : verified.error().message();
}

json::Value claims_with(std::string_view name, json::Value value) {
  auto claims = good_claims();
  claims.set(name, std::move(value));
  return claims;
}
json::Value claims_without(std::string_view name) {
  auto claims = good_claims();
  claims.erase(name);
  return claims;
}

std::string why_claims(const json::Value& claims, const TokenRules& by = rules(), Instant now = kNow) {
  return why(good_token(rsa_key(), Algorithm::rs256, claims), by, now);
}

std::string why_header(std::string_view header) {
  return why(signed_token(rsa_key(), Algorithm::rs256, header, json::write(good_claims())));
}

TEST(Tokens, AreTakenAndSayWhatTheIssuerSays) {
  auto claims = good_claims();
  claims.set("auth_time", std::int64_t{1'799'999'900}).set("acr", "mfa").set("amr", json::Value::Array{"pwd", "otp"});
  const auto token = verify_token(good_token(rsa_key(), Algorithm::rs256, claims), keys(), rules(), kNow);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->issuer, kIssuer);
  EXPECT_EQ(token->subject, "u-1");
  EXPECT_EQ(token->issued_at, kNow - seconds(10));
  EXPECT_EQ(token->expires_at, kNow + seconds(300));
  EXPECT_EQ(token->authenticated_at, kNow - seconds(100));
  EXPECT_EQ(token->context_class, "mfa");
  EXPECT_EQ(token->methods, (std::vector<std::string>{"pwd", "otp"}));
  EXPECT_EQ(token->claims, claims);
}

TEST(Tokens, AreTakenByEachAlgorithmThatIsConfigured) {
  const auto p384 = IssuerKey::ec("P-384");
  const auto ed = IssuerKey::ed25519();
  for (const auto& [algorithm, key] : std::vector<std::pair<Algorithm, IssuerKey>>{{Algorithm::rs256, rsa_key()},
                                                                                   {Algorithm::rs384, rsa_key()},
                                                                                   {Algorithm::rs512, rsa_key()},
                                                                                   {Algorithm::ps256, rsa_key()},
                                                                                   {Algorithm::ps384, rsa_key()},
                                                                                   {Algorithm::ps512, rsa_key()},
                                                                                   {Algorithm::es256, ec_key()},
                                                                                   {Algorithm::es384, p384},
                                                                                   {Algorithm::eddsa, ed}}) {
    auto by = rules();
    const auto set = key_set({key.jwk()});
    const auto token = good_token(key, algorithm);
    by.algorithms = {algorithm};
    EXPECT_EQ(why(token, by, kNow, set), "taken") << to_string(algorithm);
    by.algorithms = {algorithm == Algorithm::rs256 ? Algorithm::es256 : Algorithm::rs256};
    EXPECT_NE(why(token, by, kNow, set).find("not configured"), std::string::npos) << to_string(algorithm);
  }
}

TEST(Tokens, WithoutASignatureAreNone) {
  const auto payload = json::write(good_claims());
  for (const char* algorithm : {"none", "None", "NONE", "nOnE", ""}) {
    const auto text = unsigned_part("{\"alg\":\"" + std::string(algorithm) + "\",\"kid\":\"k1\"}", payload);
    EXPECT_NE(why(text + "."), "taken") << algorithm;
    EXPECT_NE(why(text + ".AAAA").find("alg is none"), std::string::npos) << algorithm;
  }
  const auto good = good_token(rsa_key(), Algorithm::rs256);
  EXPECT_NE(why(good.substr(0, good.rfind('.') + 1)).find("not signed"), std::string::npos);
  EXPECT_NE(why(good.substr(0, good.rfind('.'))).find("three parts"), std::string::npos);
}

// The public key's own text as the secret of an HMAC.
TEST(Tokens, WithAPublicKeyForASecretAreNone) {
  const std::string n(rsa_key().jwk()["n"].text());
  for (const auto& secret : {n, *decode_base64url(n), json::write(rsa_key().jwk())}) {
    const auto text = unsigned_part(R"({"alg":"HS256","kid":"k1"})", json::write(good_claims()));
    const auto mac = hmac_sha256(Secret(secret), text);
    EXPECT_NE(why(text + "." + base64url({reinterpret_cast<const char*>(mac.data()), mac.size()})).find("symmetric"),
              std::string::npos);
  }
}

TEST(Tokens, AreSignedByTheIssuersKeyAlone) {
  EXPECT_NE(why(good_token(other_rsa_key(), Algorithm::rs256)).find("signature"), std::string::npos);
  EXPECT_NE(why(signed_token(ec_key(), Algorithm::es256, R"({"alg":"ES256","kid":"k1"})", json::write(good_claims())))
                .find("none of the issuer's keys"),
            std::string::npos);
  EXPECT_NE(why(signed_token(rsa_key(), Algorithm::rs256, R"({"alg":"RS256","kid":"e1"})", json::write(good_claims())))
                .find("none of the issuer's keys"),
            std::string::npos);
  auto good = good_token(rsa_key(), Algorithm::rs256);
  const auto other = good_token(rsa_key(), Algorithm::rs256, claims_with("sub", "u-2"));
  const auto first = good.find('.');
  const auto last = good.rfind('.');
  EXPECT_NE(
      why(good.substr(0, first) + other.substr(other.find('.'), other.rfind('.') - other.find('.')) + good.substr(last))
          .find("signature"),
      std::string::npos);
  // One that is good as PKCS #1 is none as PSS, whatever its header says.
  auto by = rules();
  by.algorithms = {Algorithm::ps256};
  EXPECT_NE(
      why(signed_token(rsa_key(), Algorithm::rs256, R"({"alg":"PS256","kid":"k1"})", json::write(good_claims())), by)
          .find("signature"),
      std::string::npos);
}

TEST(Tokens, OfAnUnknownKeyMayCountLater) {
  const auto token =
      signed_token(rsa_key(), Algorithm::rs256, R"({"alg":"RS256","kid":"k2"})", json::write(good_claims()));
  EXPECT_EQ(verify_token(token, keys(), rules(), kNow).error().code(), ErrorCode::not_found);
  EXPECT_EQ(verify_token("x.y.z", keys(), rules(), kNow).error().code(), ErrorCode::bad_input);
}

TEST(Tokens, BringNoKeyOfTheirOwn) {
  const auto jwk = json::write(other_rsa_key().jwk());
  for (const auto& member : {"\"jwk\":" + jwk, std::string(R"("jku":"https://evil.example/keys")"),
                             std::string(R"("x5u":"https://evil.example/c")"), std::string(R"("x5c":["MII"])")}) {
    const auto header = R"({"alg":"RS256","kid":"k1",)" + member + "}";
    EXPECT_NE(why(signed_token(other_rsa_key(), Algorithm::rs256, header, json::write(good_claims())))
                  .find("choose its own key"),
              std::string::npos)
        << member;
    EXPECT_NE(why_header(header).find("choose its own key"), std::string::npos) << member;
  }
}

TEST(Tokens, WithAHeaderThatChangesMoreAreRefused) {
  for (const char* member : {R"("crit":["exp"])", R"("crit":[])", R"("b64":false,"crit":["b64"])", R"("b64":true)",
                             R"("zip":"DEF")", R"("enc":"A128GCM")", R"("cty":"JWT")"})
    EXPECT_NE(why_header(std::string(R"({"alg":"RS256","kid":"k1",)") + member + "}").find("supported"),
              std::string::npos)
        << member;
  for (const char* header :
       {"", "[]", "null", "{}", R"({"alg":["RS256"],"kid":"k1"})", R"({"alg":1,"kid":"k1"})",
        R"({"alg":"RS256","alg":"RS256","kid":"k1"})",
        R"({"alg":"RS256","kid":"k1"} )"
        "x",
        R"({"alg":"RS256","kid":1})", R"({"alg":"RS256","kid":""})", R"({"alg":"RS256","kid":null})",
        R"({"alg":"RS256","kid":"k1","typ":1})", "{\"alg\":\"RS256\",\"kid\":\"k1\",\"x\":\"\xff\"}"})
    EXPECT_NE(why_header(header), "taken") << header;
  EXPECT_NE(why_header(R"({"alg":"RS256","kid":"k1","x":")" + std::string(4096, 'x') + "\"}"), "taken");
  EXPECT_EQ(why_header(R"({"alg":"RS256","kid":"k1","x5t":"abc","nonce":"x"})"), "taken");
}

TEST(Tokens, AreOfTheTypeOfIdTokens) {
  for (const char* type : {"JWT", "jwt", "application/jwt"})
    EXPECT_EQ(why_header(std::string(R"({"alg":"RS256","kid":"k1","typ":")") + type + "\"}"), "taken") << type;
  for (const char* type :
       {"at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt", "sallyport-proof+jwt", "JOSE", "jwt "})
    EXPECT_NE(why_header(std::string(R"({"alg":"RS256","kid":"k1","typ":")") + type + "\"}").find("typ"),
              std::string::npos)
        << type;
}

TEST(Tokens, AreCanonical) {
  const auto good = good_token(rsa_key(), Algorithm::rs256);
  EXPECT_EQ(why(good), "taken");
  for (const auto& changed : {good + "=", good + "\n", " " + good, good + ".", "." + good, good + ".AAAA.AAAA",
                              good.substr(0, good.size() - 1), good + "A"})
    EXPECT_NE(why(changed), "taken");
  // 256 bytes leave four bits over: another last letter with the same bytes.
  auto twin = good;
  twin.back() = static_cast<char>(twin.back() + 1);
  EXPECT_NE(why(twin).find("base64url"), std::string::npos);
  EXPECT_NE(why(std::string(kLargestToken + 1, 'A')).find("larger than 16384"), std::string::npos);
  EXPECT_NE(why(std::string(kLargestToken, '.')).find("three parts"), std::string::npos);
  EXPECT_NE(why("a.b.c.d.e").find("encrypted"), std::string::npos);
}

TEST(Tokens, SayNothingTwice) {
  const auto text = json::write(good_claims());
  const auto twice = [&](const char* more) {
    return why(signed_token(rsa_key(), Algorithm::rs256, R"({"alg":"RS256","kid":"k1"})",
                            text.substr(0, text.size() - 1) + more));
  };
  EXPECT_EQ(twice("}"), "taken");
  EXPECT_NE(twice(R"(,"sub":"admin"})").find("twice"), std::string::npos);
  EXPECT_NE(twice(R"(,"\u0069ss":"https://evil.example"})").find("twice"), std::string::npos);
  EXPECT_NE(twice(R"(,"x":{"a":1,"a":2}})").find("twice"), std::string::npos);
}

TEST(Tokens, AreOfTheIssuerByteForByte) {
  for (const char* issuer :
       {"https://id.example.com/realm/", "https://ID.example.com/realm", "https://id.example.com/realm ",
        "https://id.example.com", "", "http://id.example.com/realm"})
    EXPECT_NE(why_claims(claims_with("iss", issuer)).find("another issuer"), std::string::npos) << issuer;
  EXPECT_NE(why_claims(claims_without("iss")), "taken");
  EXPECT_NE(why_claims(claims_with("iss", json::Value::Array{json::Value(kIssuer)})), "taken");
  auto nobody = rules();
  nobody.issuer = "";
  EXPECT_NE(why_claims(claims_with("iss", ""), nobody), "taken");
}

TEST(Tokens, AreForUs) {
  const auto list = [](std::vector<const char*> audiences) {
    return json::Value(json::Value::Array(audiences.begin(), audiences.end()));
  };
  EXPECT_EQ(why_claims(claims_with("aud", list({"sallyport"}))), "taken");
  for (const auto& audience :
       {json::Value("kubernetes"), json::Value("sallyport "), json::Value(""), json::Value(), json::Value(1), list({}),
        list({"kubernetes"}), json::Value(json::Value::Array{json::Value("sallyport"), json::Value(1)})})
    EXPECT_NE(why_claims(claims_with("aud", audience)).find("audience"), std::string::npos) << json::write(audience);
  EXPECT_NE(why_claims(claims_without("aud")), "taken");

  // Whom it was issued to.
  auto two = claims_with("aud", list({"kubernetes", "sallyport"}));
  EXPECT_NE(why_claims(two).find("azp"), std::string::npos);
  two.set("azp", "sallyport");
  EXPECT_EQ(why_claims(two), "taken");
  two.set("azp", "kubernetes");
  EXPECT_NE(why_claims(two).find("azp"), std::string::npos);
  EXPECT_NE(why_claims(claims_with("azp", "kubernetes")).find("azp"), std::string::npos);
  EXPECT_NE(why_claims(claims_with("azp", nullptr)).find("azp"), std::string::npos);
  // A token that no login of ours asked for was issued to some other client.
  auto bearer = rules();
  bearer.is_login = false;
  bearer.nonce.reset();
  EXPECT_EQ(why_claims(claims_with("azp", "kubernetes"), bearer), "taken");
  bearer.audience = "";
  EXPECT_NE(why_claims(claims_with("aud", ""), bearer).find("no audience"), std::string::npos);
}

TEST(Tokens, AreOfThisLogin) {
  EXPECT_NE(why_claims(claims_with("nonce", "n-2")).find("nonce"), std::string::npos);
  EXPECT_NE(why_claims(claims_without("nonce")).find("nonce"), std::string::npos);
  EXPECT_NE(why_claims(claims_with("nonce", 1)).find("nonce"), std::string::npos);
  auto empty = rules();
  empty.nonce = "";
  EXPECT_NE(why_claims(claims_without("nonce"), empty).find("nonce"), std::string::npos);
  auto none = rules();
  none.nonce.reset();
  EXPECT_NE(why_claims(claims_without("nonce"), none).find("nonce"), std::string::npos);
  EXPECT_NE(why_claims(good_claims(), none).find("nonce"), std::string::npos);
}

TEST(Tokens, CountInTheirTimeAlone) {
  const std::int64_t now = 1'800'000'000;
  const auto at = [&](const char* claim, std::int64_t time) { return why_claims(claims_with(claim, time)); };
  EXPECT_EQ(at("exp", now - 59), "taken");
  EXPECT_NE(at("exp", now - 60).find("expired"), std::string::npos);
  EXPECT_EQ(at("nbf", now + 60), "taken");
  EXPECT_NE(at("nbf", now + 61).find("not valid yet"), std::string::npos);
  EXPECT_EQ(at("iat", now + 60), "taken");
  EXPECT_NE(at("iat", now + 61).find("future"), std::string::npos);
  EXPECT_NE(at("auth_time", now + 61).find("auth_time"), std::string::npos);
  EXPECT_NE(why_claims(claims_without("exp")).find("no claim exp"), std::string::npos);
  EXPECT_NE(why_claims(claims_without("iat")).find("no claim iat"), std::string::npos);
  EXPECT_EQ(why_claims(claims_with("exp", 1'800'000'300.5)), "taken");
  EXPECT_EQ(why_claims(good_claims(), rules(), kNow + seconds(359)), "taken");
  EXPECT_NE(why_claims(good_claims(), rules(), kNow + seconds(360)), "taken");
  for (const char* claim : {"exp", "iat", "nbf", "auth_time"}) {
    for (const auto& value : {json::Value("1800000300"), json::Value(true), json::Value(), json::Value(-1),
                              json::Value(std::uint64_t{18446744073709551615u}), json::Value(1e300),
                              json::Value(std::int64_t{253402300800}), json::Value::array()})
      EXPECT_NE(why_claims(claims_with(claim, value)).find("no time"), std::string::npos)
          << claim << json::write(value);
  }
}

TEST(Tokens, SayWhoAndHow) {
  for (const auto& subject : {json::Value(""), json::Value(1), json::Value(), json::Value(std::string(256, 's'))})
    EXPECT_NE(why_claims(claims_with("sub", subject)).find("sub"), std::string::npos);
  EXPECT_NE(why_claims(claims_with("acr", 1)).find("acr"), std::string::npos);
  EXPECT_NE(why_claims(claims_with("amr", "pwd")).find("amr"), std::string::npos);
  EXPECT_NE(why_claims(claims_with("amr", json::Value::Array{1})).find("amr"), std::string::npos);
  for (const char* payload : {"", "[]", "null", "\"x\"", "{\"iss\":"})
    EXPECT_NE(why(signed_token(rsa_key(), Algorithm::rs256, R"({"alg":"RS256","kid":"k1"})", payload)), "taken")
        << payload;
}

TEST(Tokens, AreNotQuotedInErrors) {
  auto claims = good_claims();
  claims.set("sub", "hunter2").set("aud", "hunter2").set("iss", "hunter2");
  EXPECT_EQ(why_claims(claims).find("hunter2"), std::string::npos);
  EXPECT_EQ(why_header(R"({"alg":"hunter2","kid":"k1"})").find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::people
