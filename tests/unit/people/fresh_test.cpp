#include "people/fresh.hpp"

#include <chrono>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

FreshDecision decision() {
  return {.request_uid = "uid-1", .digest = "sha256:aa", .verdict = model::Verdict::approve, .comment = "ok"};
}
Secret random_bytes(char byte = 'r') {
  return Secret(std::string(32, byte));
}
std::string nonce_of(const FreshDecision& of, char byte = 'r') {
  return fresh_nonce(of, random_bytes(byte)).value();
}

Token token_for(const FreshDecision& of, Instant authenticated_at = kNow - minutes(1)) {
  Token token{
      .issuer = std::string(kIssuer), .subject = "u-1", .authenticated_at = authenticated_at, .claims = good_claims()};
  token.claims.set("nonce", nonce_of(of));
  return token;
}

std::string why(const Token& token, const FreshDecision& of = decision(), const FreshRules& rules = {}) {
  const auto fresh = check_fresh(token, of, random_bytes(), rules, kNow);
  return fresh ? "fresh" : fresh.error().message();
}

TEST(FreshNonce, IsAnotherForEachPartOfTheDecision) {
  std::vector<FreshDecision> all(12, decision());
  all[1].request_uid = "uid-2";
  all[2].digest = "sha256:ab";
  all[3].verdict = model::Verdict::deny;
  all[4].valid_for = minutes(1);
  all[5].valid_for = minutes(2);
  all[6].uses = 1;
  all[7].uses = 2;
  all[8].comment = "";
  all[9].comment = "ok ";
  all[10].valid_for = Duration(0);
  all[11].uses = 0;
  std::set<std::string> nonces{nonce_of(decision(), 's')};
  for (const auto& each : all) nonces.insert(nonce_of(each));
  EXPECT_EQ(nonces.size(), 13);
  EXPECT_EQ(nonce_of(decision()), nonce_of(decision()));
}

// A limit of one kind is none of the other, and no two parts can be cut apart elsewhere.
TEST(FreshNonce, DoesNotTakeOnePartForAnother) {
  auto uses = decision();
  uses.uses = 1;
  auto valid = decision();
  valid.valid_for = Duration(1);
  EXPECT_NE(nonce_of(uses), nonce_of(valid));
  auto moved = decision();
  moved.request_uid = "uid-1s";
  moved.digest = "ha256:aa";
  EXPECT_NE(nonce_of(moved), nonce_of(decision()));
}

TEST(FreshNonce, NeedsAllOfTheDecisionAndAllRandomBits) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}})
    EXPECT_FALSE(fresh_nonce(decision(), Secret(std::string(size, 'r')))) << size;
  auto lacks = decision();
  lacks.request_uid = "";
  EXPECT_FALSE(fresh_nonce(lacks, random_bytes()));
  lacks = decision();
  lacks.digest = "";
  EXPECT_FALSE(fresh_nonce(lacks, random_bytes()));
  lacks = decision();
  lacks.verdict = model::Verdict::none;
  EXPECT_FALSE(fresh_nonce(lacks, random_bytes()));
}

TEST(FreshLogin, ConfirmsItsOwnDecisionAlone) {
  EXPECT_EQ(why(token_for(decision())), "fresh");
  auto other = decision();
  other.verdict = model::Verdict::deny;
  EXPECT_NE(why(token_for(decision()), other).find("another one"), std::string::npos);
  EXPECT_FALSE(check_fresh(token_for(decision()), decision(), random_bytes('s'), {}, kNow));
  EXPECT_FALSE(check_fresh(token_for(decision()), decision(), Secret(), {}, kNow));
  auto token = token_for(decision());
  token.claims.erase("nonce");
  EXPECT_NE(why(token), "fresh");
}

TEST(FreshLogin, IsAtMostFiveMinutesOld) {
  EXPECT_EQ(why(token_for(decision(), kNow - minutes(5))), "fresh");
  EXPECT_NE(why(token_for(decision(), kNow - minutes(5) - seconds(1))).find("more than 5m"), std::string::npos);
  EXPECT_EQ(why(token_for(decision(), kNow + seconds(60))), "fresh");
  EXPECT_NE(why(token_for(decision(), kNow + seconds(61))).find("future"), std::string::npos);
  // A token just issued says nothing of when the person authenticated.
  auto token = token_for(decision());
  token.issued_at = kNow;
  token.authenticated_at.reset();
  EXPECT_NE(why(token).find("auth_time"), std::string::npos);
}

TEST(FreshLogin, WasMadeInAConfiguredWay) {
  auto token = token_for(decision());
  const FreshRules classes{.context_classes = {"mfa", "phr"}};
  EXPECT_NE(why(token, decision(), classes).find("acr"), std::string::npos);
  token.context_class = "pwd";
  EXPECT_NE(why(token, decision(), classes).find("acr"), std::string::npos);
  token.context_class = "phr";
  EXPECT_EQ(why(token, decision(), classes), "fresh");

  const FreshRules methods{.methods = {"hwk", "otp"}};
  EXPECT_NE(why(token, decision(), methods).find("amr"), std::string::npos);
  token.methods = {"pwd"};
  EXPECT_NE(why(token, decision(), methods).find("amr"), std::string::npos);
  token.methods = {"pwd", "otp"};
  EXPECT_EQ(why(token, decision(), methods), "fresh");
}

}  // namespace
}  // namespace sallyport::people
