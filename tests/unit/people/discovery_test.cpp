#include "people/discovery.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "people/https_url.hpp"
#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

json::Value document() {
  json::Value value = json::Value::object();
  value.set("issuer", kIssuer).set("authorization_endpoint", "https://id.example.com/authorize?p=1");
  value.set("token_endpoint", "https://id.example.com/token").set("jwks_uri", "https://keys.example.net/keys");
  value.set("response_types_supported", json::Value::Array{"code", "id_token"});
  return value;
}

std::string why(const json::Value& value, std::string_view issuer = kIssuer) {
  const auto read = read_discovery(json::write(value), issuer);
  return read ? "taken" : read.error().message();
}
std::string why_with(std::string_view member, json::Value value) {
  auto changed = document();
  changed.set(member, std::move(value));
  return why(changed);
}

TEST(DiscoveryDocument, SaysWhereTheIssuerAnswers) {
  const auto read = read_discovery(json::write(document()), kIssuer);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->issuer, kIssuer);
  EXPECT_EQ(read->authorization_endpoint, "https://id.example.com/authorize?p=1");
  EXPECT_EQ(read->token_endpoint, "https://id.example.com/token");
  EXPECT_EQ(read->keys_url, "https://keys.example.net/keys");
  EXPECT_EQ(read->proof, ClientProof::basic);
  EXPECT_FALSE(read->names_itself_in_answers);
  EXPECT_EQ(discovery_url(kIssuer), "https://id.example.com/realm/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://id.example.com/"), "https://id.example.com/.well-known/openid-configuration");
}

TEST(DiscoveryDocument, IsOfTheConfiguredIssuerByteForByte) {
  for (const char* issuer : {"https://id.example.com/realm/", "https://id.example.com/Realm", "https://id.example.com",
                             "https://evil.example", ""})
    EXPECT_NE(why_with("issuer", issuer).find("another issuer"), std::string::npos) << issuer;
  EXPECT_NE(why_with("issuer", nullptr), "taken");
}

TEST(DiscoveryDocument, HasHttpsEndpointsAlone) {
  for (const char* member : {"authorization_endpoint", "token_endpoint", "jwks_uri"}) {
    for (const char* url :
         {"", "http://id.example.com/x", "/x", "//id.example.com/x", "https://", "https:///x",
          "https://user:pw@id.example.com/x", "https://id.example.com@evil.example/x", "https://id.example.com/x#y",
          "https://id.example.com:0/x", "https://id.example.com:99999/x", "file:///etc/passwd", "javascript:alert(1)",
          "https://id.example.com/ x", "https://id.example.com/\n"})
      EXPECT_NE(why_with(member, url).find(member), std::string::npos) << member << " " << url;
    EXPECT_NE(why_with(member, "https://id.example.com/" + std::string(2048, 'x')).find("2048"), std::string::npos);
    auto lacks = document();
    lacks.erase(member);
    EXPECT_NE(why(lacks).find(member), std::string::npos);
  }
}

TEST(DiscoveryDocument, CanDoWhatIsNeeded) {
  EXPECT_NE(why_with("response_types_supported", json::Value::Array{"id_token"}).find("code"), std::string::npos);
  EXPECT_NE(why_with("code_challenge_methods_supported", json::Value::Array{"plain"}).find("S256"), std::string::npos);
  EXPECT_EQ(why_with("code_challenge_methods_supported", json::Value::Array{"plain", "S256"}), "taken");
  EXPECT_NE(
      why_with("token_endpoint_auth_methods_supported", json::Value::Array{"private_key_jwt"}).find("client_secret"),
      std::string::npos);

  auto post = document();
  post.set("token_endpoint_auth_methods_supported", json::Value::Array{"client_secret_post"})
      .set("authorization_response_iss_parameter_supported", true);
  const auto read = read_discovery(json::write(post), kIssuer).value();
  EXPECT_EQ(read.proof, ClientProof::post);
  EXPECT_TRUE(read.names_itself_in_answers);
}

TEST(DiscoveryDocument, IsBounded) {
  const auto text = json::write(document());
  EXPECT_FALSE(read_discovery(text.substr(0, text.size() - 1) + R"(,"issuer":"https://evil.example"})", kIssuer));
  EXPECT_FALSE(read_discovery(text + std::string(256u << 10, ' '), kIssuer));
  for (const char* other : {"", "[]", "{}", "null", "<html>"}) EXPECT_FALSE(read_discovery(other, kIssuer)) << other;
}

TEST(Issuers, AreOneTenantsHttpsUrl) {
  for (const char* issuer : {"https://id.example.com", "https://id.example.com/",
                             "https://id.example.com:8443/realms/a", "https://[::1]:8443/a"})
    EXPECT_TRUE(check_issuer(issuer)) << issuer;
  for (const char* issuer :
       {"", "id.example.com", "http://id.example.com", "https://id.example.com/?a=b", "https://id.example.com/#a",
        "https://login.example.com/{tenantid}/v2.0", "https://a@id.example.com"})
    EXPECT_FALSE(check_issuer(issuer)) << issuer;
  EXPECT_NE(why(document(), "https://login.example.com/{tenantid}/v2.0").find("tenant"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::people
