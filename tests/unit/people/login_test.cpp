#include "people/login.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "people/form.hpp"
#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Discovery issuer() {
  return {.issuer = std::string(kIssuer),
          .authorization_endpoint = "https://id.example.com/authorize",
          .token_endpoint = "https://id.example.com/token",
          .keys_url = "https://id.example.com/keys"};
}
Client client() {
  return {.id = "sally port", .redirect_uri = "https://desk.example.com/callback?a=b"};
}
Secret random_bytes() {
  return Secret(std::string(32, 's') + std::string(32, 'n') + std::string(32, 'v'));
}
BegunLogin begun(const LoginWish& wish = {}, const Discovery& of = issuer()) {
  auto login = begin_login(of, client(), wish, random_bytes(), kNow);
  EXPECT_TRUE(login);
  return *std::move(login);
}

std::map<std::string, std::string> query_of(const std::string& url) {
  return read_form(std::string_view(url).substr(url.find('?') + 1)).value();
}

std::string why(std::string_view query, const Discovery& of = issuer(), Instant now = kNow) {
  const auto code = check_callback(begun().pending, of, query, now);
  return code ? std::string(code->reveal()) : code.error().message();
}

const std::string& state() {
  static const auto text = begun().pending.state;
  return text;
}

TEST(Login, AsksForACodeByPkce) {
  const auto login = begun();
  EXPECT_TRUE(login.url.starts_with("https://id.example.com/authorize?response_type=code&"));
  const auto fields = query_of(login.url);
  const auto sum = sha256(login.pending.verifier.reveal());
  EXPECT_EQ(fields.at("client_id"), "sally port");
  EXPECT_EQ(fields.at("redirect_uri"), "https://desk.example.com/callback?a=b");
  EXPECT_EQ(fields.at("scope"), "openid");
  EXPECT_EQ(fields.at("state"), login.pending.state);
  EXPECT_EQ(fields.at("nonce"), login.pending.nonce);
  EXPECT_EQ(fields.at("code_challenge_method"), "S256");
  EXPECT_EQ(fields.at("code_challenge"), base64url({reinterpret_cast<const char*>(sum.data()), sum.size()}));
  EXPECT_EQ(fields.size(), 8);
  EXPECT_EQ(login.url.find(login.pending.verifier.reveal()), std::string::npos);
}

// RFC 7636, appendix B: the verifier's text, not its bytes, is what is hashed.
TEST(Login, RemembersThreeDifferentSecretsOfTheRandomBytes) {
  const auto login = begun();
  EXPECT_EQ(login.pending.state, base64url(std::string(32, 's')));
  EXPECT_EQ(login.pending.nonce, base64url(std::string(32, 'n')));
  EXPECT_EQ(login.pending.verifier.reveal(), base64url(std::string(32, 'v')));
  EXPECT_EQ(login.pending.verifier.reveal().size(), 43);  // as few as RFC 7636 allows
  EXPECT_FALSE(begin_login(issuer(), client(), {}, Secret(std::string(95, 'x')), kNow));
  EXPECT_FALSE(begin_login(issuer(), client(), {}, Secret(), kNow));
}

TEST(Login, SaysWhatIsWished) {
  auto of = issuer();
  of.authorization_endpoint += "?p=b2c";
  auto us = client();
  us.more_scopes = {"groups", "email"};
  const auto login =
      begin_login(of, us, {.nonce = "of a decision", .max_age = Duration(0), .context_classes = {"mfa", "phr"}},
                  random_bytes(), kNow);
  ASSERT_TRUE(login);
  EXPECT_TRUE(login->url.starts_with("https://id.example.com/authorize?p=b2c&response_type=code&"));
  const auto fields = query_of(login->url);
  EXPECT_EQ(fields.at("scope"), "openid groups email");
  EXPECT_EQ(fields.at("nonce"), "of a decision");
  EXPECT_EQ(login->pending.nonce, "of a decision");
  EXPECT_EQ(fields.at("max_age"), "0");
  EXPECT_EQ(fields.at("acr_values"), "mfa phr");
}

TEST(Login, ReturnsToPagesOfOursAlone) {
  for (const char* place : {"/", "/r/shop/web-1", "/r/a.b/c.d-e"})
    EXPECT_TRUE(begin_login(issuer(), client(), {.return_to = place}, random_bytes(), kNow)) << place;
  for (const char* place : {"", "//evil.example", "https://evil.example", "/r/a", "/r/a/", "/r//b", "/r/a/b/c",
                            "/r/a/b?x", "/r/a/b#x", "/r/../b", "/r/a/.b", "/r/A/b", "/\\evil.example", "/r/a/b\n",
                            "/r/a/%2e%2e", "/R/a/b", "/x", " /", "javascript:alert(1)"})
    EXPECT_FALSE(begin_login(issuer(), client(), {.return_to = place}, random_bytes(), kNow)) << place;
}

TEST(Callback, GivesTheCodeOfThisLogin) {
  EXPECT_EQ(why("code=a%2Bb%20c&state=" + state()), "a+b c");
  EXPECT_EQ(why("state=" + state() + "&code=c&session_state=x"), "c");
}

TEST(Callback, OfAnotherLoginIsRefused) {
  for (const auto& query : {std::string("code=c"), std::string("code=c&state="), "code=c&state=" + state() + "x",
                            "code=c&state=" + base64url(std::string(32, 'n')), "code=c&State=" + state()})
    EXPECT_NE(why(query).find("state"), std::string::npos) << query;
  PendingLogin blank;
  blank.issuer = kIssuer;
  blank.ends = kNow + minutes(1);
  EXPECT_FALSE(check_callback(blank, issuer(), "code=c&state=", kNow));
}

TEST(Callback, ThatSaysAnythingTwiceIsRefused) {
  for (const auto& more : {"&code=d", "&state=x", "&iss=a&iss=b", "&%63ode=d"})
    EXPECT_NE(why("code=c&state=" + state() + more).find("twice"), std::string::npos) << more;
}

TEST(Callback, ComesInTime) {
  const auto query = "code=c&state=" + state();
  EXPECT_EQ(why(query, issuer(), kNow + minutes(10) - seconds(1)), "c");
  EXPECT_NE(why(query, issuer(), kNow + minutes(10)).find("ten minutes"), std::string::npos);
  EXPECT_NE(why(query, issuer(), kNow - seconds(1)).find("ten minutes"), std::string::npos);
}

TEST(Callback, IsOfTheIssuerWithWhomTheLoginWasBegun) {
  const auto query = "code=c&state=" + state();
  auto other = issuer();
  other.issuer = "https://other.example.com";
  EXPECT_NE(why(query, other).find("another issuer"), std::string::npos);
  EXPECT_NE(why(query + "&iss=https%3A%2F%2Fother.example.com").find("iss"), std::string::npos);
  EXPECT_EQ(why(query + "&iss=https%3A%2F%2Fid.example.com%2Frealm"), "c");
  EXPECT_NE(why(query + "&iss=https%3A%2F%2Fid.example.com%2Frealm%2F").find("iss"), std::string::npos);
  auto names_itself = issuer();
  names_itself.names_itself_in_answers = true;
  EXPECT_NE(why(query, names_itself).find("iss"), std::string::npos);
  EXPECT_EQ(why(query + "&iss=https%3A%2F%2Fid.example.com%2Frealm", names_itself), "c");
  // An error, too, is of whom it says it is.
  EXPECT_NE(why("error=access_denied&state=" + state(), names_itself).find("iss"), std::string::npos);
}

TEST(Callback, WithAnErrorIsTheIssuersNo) {
  const auto refused = check_callback(begun().pending, issuer(),
                                      "error=access_denied&error_description=click+here&state=" + state(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::forbidden);
  EXPECT_NE(refused.error().message().find("access_denied"), std::string::npos);
  EXPECT_EQ(refused.error().message().find("click"), std::string::npos);
  // With a code as well it is no success, and its text is not anybody's words.
  const auto both = why("error=%3Cscript%3E&code=c&state=" + state());
  EXPECT_NE(both.find("unknown_error"), std::string::npos);
  EXPECT_EQ(both.find("script"), std::string::npos);
  EXPECT_NE(why("error=access_denied").find("state"), std::string::npos);
}

TEST(Callback, IsBounded) {
  for (const auto& query :
       {"state=" + state(), "code=&state=" + state(), "code=" + std::string(4097, 'c') + "&state=" + state(),
        "code=%zz&state=" + state(), "code=%4&state=" + state(), "code=c%&state=" + state(), std::string(9000, 'x')})
    EXPECT_FALSE(check_callback(begun().pending, issuer(), query, kNow)) << query;
  std::string many = "code=c&state=" + state();
  for (int i = 0; i < 31; ++i) many += "&p" + std::to_string(i) + "=";
  EXPECT_NE(why(many).find("too many"), std::string::npos);
}

TEST(TokenRequest, ProvesTheClientByHeaderOrByBody) {
  const auto login = begun();
  const auto by_header = token_request(login.pending, issuer(), client(), Secret("p:w%&"), Secret("c+1"));
  EXPECT_EQ(by_header.url, "https://id.example.com/token");
  EXPECT_EQ(by_header.authorization.reveal(), "Basic " + base64("sally%20port:p%3Aw%25%26"));
  auto fields = read_form(by_header.body.reveal()).value();
  EXPECT_EQ(fields.at("grant_type"), "authorization_code");
  EXPECT_EQ(fields.at("code"), "c+1");
  EXPECT_EQ(fields.at("redirect_uri"), client().redirect_uri);
  EXPECT_EQ(fields.at("code_verifier"), login.pending.verifier.reveal());
  EXPECT_EQ(fields.size(), 4);

  auto of = issuer();
  of.proof = ClientProof::post;
  const auto by_body = token_request(login.pending, of, client(), Secret("p:w%&"), Secret("c"));
  EXPECT_TRUE(by_body.authorization.empty());
  fields = read_form(by_body.body.reveal()).value();
  EXPECT_EQ(fields.at("client_id"), "sally port");
  EXPECT_EQ(fields.at("client_secret"), "p:w%&");
  EXPECT_EQ(fields.size(), 6);
}

std::string answer(std::string_view body, int status = 200) {
  const auto token = read_token_answer(status, body);
  return token ? std::string(token->reveal()) : token.error().message();
}

TEST(TokenAnswer, GivesTheIdTokenAlone) {
  EXPECT_EQ(answer(R"({"access_token":"a","token_type":"Bearer","id_token":"x.y.z","refresh_token":"r"})"), "x.y.z");
  EXPECT_EQ(answer(R"({"token_type":"bearer","id_token":"x.y.z"})"), "x.y.z");
}

TEST(TokenAnswer, OfAnotherShapeIsRefused) {
  for (const char* body : {"", "[]", "{}", R"({"token_type":"Bearer"})", R"({"id_token":"x.y.z"})",
                           R"({"token_type":"DPoP","id_token":"x.y.z"})", R"({"token_type":"Bearer","id_token":1})",
                           R"({"token_type":"Bearer","id_token":"a","id_token":"b"})", "id_token=x.y.z"})
    EXPECT_FALSE(read_token_answer(200, body)) << body;
  EXPECT_FALSE(read_token_answer(200, R"({"token_type":"Bearer","id_token":")" + std::string(16385, 'x') + "\"}"));
  for (const int status : {0, 201, 302, 404, 500})
    EXPECT_FALSE(read_token_answer(status, R"({"token_type":"Bearer","id_token":"x.y.z"})")) << status;
}

TEST(TokenAnswer, SaysTheIssuersNo) {
  const auto refused = read_token_answer(400, R"({"error":"invalid_grant","error_description":"hunter2"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::forbidden);
  EXPECT_NE(refused.error().message().find("invalid_grant"), std::string::npos);
  EXPECT_EQ(refused.error().message().find("hunter2"), std::string::npos);
  EXPECT_FALSE(read_token_answer(401, R"({"token_type":"Bearer","id_token":"x.y.z"})"));
}

TEST(Forms, ReadBackWhatTheyWrite) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const auto read = read_form(write_form({{"a", bytes}, {bytes, ""}, {"", "x"}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at("a"), bytes);
  EXPECT_EQ(read->at(bytes), "");
  EXPECT_EQ(read->at(""), "x");
  EXPECT_EQ(read_form("&&a=1&&b").value().size(), 2);
}

}  // namespace
}  // namespace sallyport::people
