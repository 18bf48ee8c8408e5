#include "people/person.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "json/json.hpp"
#include "people/assurance.hpp"
#include "unit/people/issuer.hpp"

namespace sallyport::people {
namespace {

using std::chrono::hours;

ClaimMapping mapping() {
  return {.issuer = std::string(kIssuer), .groups_claim = "groups"};
}

Token token_with(std::string_view more) {
  auto claims = json::parse(more).value();
  return {.issuer = std::string(kIssuer), .subject = "u-1", .issued_at = kNow, .claims = std::move(claims)};
}

Result<Person> person(std::string_view claims, const ClaimMapping& by = mapping()) {
  return person_of(token_with(claims), by);
}

std::string name(std::string_view claims, const ClaimMapping& by) {
  const auto somebody = person(claims, by);
  return somebody ? somebody->name : somebody.error().message();
}

std::string groups(std::string_view claims, const ClaimMapping& by = mapping()) {
  const auto somebody = person(claims, by);
  if (!somebody) return somebody.error().message();
  if (!somebody->groups.groups) return "unknown: " + somebody->groups.why_unknown;
  std::string text;
  for (const auto& group : *somebody->groups.groups) text += "[" + group + "]";
  return text;
}

TEST(Names, AreMadeAsByTheApiServersFlags) {
  struct Row {
    const char* claim;
    const char* prefix;
    const char* claims;
    const char* name;
  };
  for (const auto& row :
       {Row{"sub", "", R"({"sub":"u-1"})", "https://id.example.com/realm#u-1"},
        Row{"sub", "-", R"({"sub":"u-1"})", "u-1"}, Row{"sub", "oidc:", R"({"sub":"u-1"})", "oidc:u-1"},
        Row{"email", "", R"({"email":"a@x.example"})", "a@x.example"},
        Row{"email", "-", R"({"email":"a@x.example","email_verified":true})", "a@x.example"},
        Row{"email", "oidc:", R"({"email":"a@x.example"})", "oidc:a@x.example"},
        Row{"name", "-", R"({"name":"a","email_verified":false})", "a"},
        Row{"preferred_username", "", R"({"preferred_username":"a"})", "https://id.example.com/realm#a"}}) {
    auto by = mapping();
    by.username_claim = row.claim;
    by.username_prefix = row.prefix;
    EXPECT_EQ(name(row.claims, by), row.name) << row.claim << " " << row.prefix;
  }
}

TEST(Names, AreNotOfAnEmailThatIsNotVerified) {
  auto by = mapping();
  by.username_claim = "email";
  for (const char* verified : {"false", "\"true\"", "null", "1"})
    EXPECT_NE(
        name(R"({"email":"a@x.example","email_verified":)" + std::string(verified) + "}", by).find("not verified"),
        std::string::npos)
        << verified;
}

TEST(Names, AreRefusedWhereKubernetesHasThem) {
  auto by = mapping();
  by.username_prefix = "-";
  EXPECT_NE(name(R"({"sub":"system:admin"})", by).find("Kubernetes' own"), std::string::npos);
  EXPECT_NE(name(R"({"sub":"system:serviceaccount:a:b"})", by).find("Kubernetes' own"), std::string::npos);
  EXPECT_EQ(name(R"({"sub":"systems"})", by), "systems");
  // Also where only both together are such a name.
  by.username_prefix = "sys";
  EXPECT_NE(name(R"({"sub":"tem:admin"})", by).find("Kubernetes' own"), std::string::npos);
  by.username_prefix = "oidc:";
  EXPECT_EQ(name(R"({"sub":"system:admin"})", by), "oidc:system:admin");
}

TEST(Names, AreTextsThatCanBeShown) {
  auto by = mapping();
  by.username_prefix = "-";
  for (const char* claims : {"{}", R"({"sub":""})", R"({"sub":1})", R"({"sub":null})", R"({"sub":["a"]})",
                             R"({"sub":"a\nb"})", R"({"sub":"a\u0000"})", R"({"sub":"\u007f"})"})
    EXPECT_FALSE(person(claims, by)) << claims;
  EXPECT_FALSE(person(R"({"sub":")" + std::string(1025, 'a') + "\"}", by));
}

TEST(Names, AreOfTheMappingsIssuerAlone) {
  auto by = mapping();
  by.issuer = "https://other.example.com";
  EXPECT_FALSE(person(R"({"sub":"u-1"})", by));
}

TEST(Names, NeedTheClaimsThatAreRequired) {
  auto by = mapping();
  by.required_claims = {{"tid", "t-1"}, {"hd", "example.com"}};
  EXPECT_TRUE(person(R"({"sub":"a","tid":"t-1","hd":"example.com"})", by));
  for (const char* claims :
       {R"({"sub":"a","tid":"t-1"})", R"({"sub":"a","tid":"t-2","hd":"example.com"})",
        R"({"sub":"a","tid":["t-1"],"hd":"example.com"})", R"({"sub":"a","tid":null,"hd":"example.com"})"})
    EXPECT_FALSE(person(claims, by)) << claims;
  by.required_claims = {{"x", ""}};
  EXPECT_FALSE(person(R"({"sub":"a"})", by));
}

TEST(Groups, AreAListOrOneText) {
  EXPECT_EQ(groups(R"({"sub":"a","groups":["x","y"]})"), "[x][y]");
  EXPECT_EQ(groups(R"({"sub":"a","groups":"x"})"), "[x]");
  EXPECT_EQ(groups(R"({"sub":"a","groups":[]})"), "");
  auto by = mapping();
  by.groups_prefix = "oidc:";
  EXPECT_EQ(groups(R"({"sub":"a","groups":["x"]})", by), "[oidc:x]");
  // The flag for groups has no sign for "none".
  by.groups_prefix = "-";
  EXPECT_EQ(groups(R"({"sub":"a","groups":["x"]})", by), "[-x]");
  by.groups_claim = "";
  EXPECT_EQ(groups(R"({"sub":"a","groups":["x"]})", by), "");
}

TEST(Groups, OfKubernetesItselfLetNobodyIn) {
  for (const char* claims :
       {R"({"sub":"a","groups":["x","system:masters"]})", R"({"sub":"a","groups":"system:masters"})",
        R"({"sub":"a","groups":["system:nodes"],"hasgroups":true})"})
    EXPECT_NE(groups(claims).find("Kubernetes' own"), std::string::npos) << claims;
  auto by = mapping();
  by.groups_prefix = "system:";
  EXPECT_NE(groups(R"({"sub":"a","groups":["masters"]})", by).find("Kubernetes' own"), std::string::npos);
  by.groups_prefix = "oidc:";
  EXPECT_EQ(groups(R"({"sub":"a","groups":["system:masters"]})", by), "[oidc:system:masters]");
}

TEST(Groups, OfAnotherShapeLetNobodyIn) {
  for (const char* claim : {"1", "true", "{}", "[1]", "[\"a\",null]", "[\"\"]", "\"\"", "[[\"a\"]]", "[\"a\\nb\"]"})
    EXPECT_FALSE(person(R"({"sub":"a","groups":)" + std::string(claim) + "}")) << claim;
}

std::string so_many(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) list += (i == 0 ? "\"g" : ",\"g") + std::to_string(i) + "\"";
  return R"({"sub":"a","groups":[)" + list + "]}";
}

TEST(Groups, ThatAreNotAllAreUnknownAndNotNone) {
  for (
      const char* claims :
      {R"({"sub":"a"})", R"({"sub":"a","groups":null})", R"({"sub":"a","hasgroups":true})",
       R"({"sub":"a","groups":["x"],"hasgroups":true})", R"({"sub":"a","groups":["x"],"hasgroups":"true"})",
       R"({"sub":"a","_claim_names":{"groups":"src1"},"_claim_sources":{"src1":{"endpoint":"https://graph.example"}}})",
       R"({"sub":"a","groups":["x"],"_claim_names":{"groups":"src1"}})",
       R"({"sub":"a","groups":["x"],"_claim_names":7})"})
    EXPECT_TRUE(groups(claims).starts_with("unknown: ")) << claims << groups(claims);
  EXPECT_EQ(groups(R"({"sub":"a","groups":["x"],"hasgroups":false,"_claim_names":{"address":"src1"}})"), "[x]");
  for (const int count : {99, 101, 199, 201}) EXPECT_FALSE(groups(so_many(count)).starts_with("unknown")) << count;
  for (const int count : {100, 200, 1001}) EXPECT_TRUE(groups(so_many(count)).starts_with("unknown: ")) << count;
  auto by = mapping();
  by.groups_cut_at = {};
  EXPECT_FALSE(groups(so_many(100), by).starts_with("unknown"));
}

TEST(Groups, AreKeptWithWhereTheyAreFromAndGetOld) {
  const auto by = mapping();
  const auto snapshot = person(R"({"sub":"a","groups":["x"]})", by)->groups;
  EXPECT_EQ(snapshot.issuer, kIssuer);
  EXPECT_EQ(snapshot.said_at, kNow);
  EXPECT_TRUE(groups_at(snapshot, by, kNow + hours(12), hours(12)).groups);
  const auto old = groups_at(snapshot, by, kNow + hours(12) + Duration(1), hours(12));
  EXPECT_FALSE(old.groups);
  EXPECT_NE(old.why_unknown.find("12h"), std::string::npos);

  auto other = by;
  other.issuer = "https://other.example.com";
  EXPECT_FALSE(groups_at(snapshot, other, kNow, hours(12)).groups);
  const auto unknown = person(R"({"sub":"a"})", by)->groups;
  EXPECT_EQ(groups_at(unknown, by, kNow, hours(12)).why_unknown, unknown.why_unknown);
}

TEST(Groups, OfAnotherMappingAreUnknown) {
  const auto by = mapping();
  const auto snapshot = person(R"({"sub":"a","groups":["x"]})", by)->groups;
  std::vector<ClaimMapping> others(7, by);
  others[0].username_claim = "email";
  others[1].username_prefix = "oidc:";
  others[2].groups_claim = "roles";
  others[3].groups_prefix = "oidc:";
  others[4].required_claims = {{"a", "b"}};
  others[5].groups_cut_at = {50};
  others[6].issuer = "https://other.example.com";
  for (const auto& other : others) {
    EXPECT_NE(mapping_hash(other), mapping_hash(by));
    EXPECT_FALSE(groups_at(snapshot, other, kNow, hours(12)).groups);
  }
  EXPECT_EQ(mapping_hash(mapping()), mapping_hash(by));
}

TEST(Assurances, AreInOrder) {
  EXPECT_LT(Assurance::chat, Assurance::session);
  EXPECT_LT(Assurance::session, Assurance::fresh);
  for (const auto each : {Assurance::chat, Assurance::session, Assurance::fresh})
    EXPECT_EQ(parse_assurance(to_string(each)), each);
  for (const char* text : {"", "chat", "FRESH", "Fresh ", "None"}) EXPECT_FALSE(parse_assurance(text)) << text;
}

}  // namespace
}  // namespace sallyport::people
