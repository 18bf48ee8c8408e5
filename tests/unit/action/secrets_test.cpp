#include "action/secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/action/support.hpp"

// P9: nothing that a Secret holds comes out, wherever in it it stands and however it is written.
namespace sallyport::action {
namespace {

using json::Value;
using testing::create;
using testing::digest;
using testing::everything_shown;
using testing::kSecrets;
using testing::parse;
using testing::recorded;
using testing::update;

// "CANARY" as it is and as base64 shows it, whatever stands before it.
bool holds_canary(const std::string& text) {
  for (const auto* form : {"CANARY", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl"})
    if (text.find(form) != std::string::npos) return true;
  return false;
}

std::string secret(std::string_view fields, std::string_view metadata = "") {
  return R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop")" + std::string(metadata) +
         "}" + std::string(fields) + "}";
}

const std::vector<std::string> kHiding = {
    secret(R"(,"data":{"password":"Q0FOQVJZ"})"),
    secret(R"(,"stringData":{"password":"CANARY"})"),
    secret(R"(,"data":{"a":"Q0FOQVJZ","b":"eA=="},"type":"Opaque","immutable":true)"),
    secret("", R"(,"annotations":{"note":"CANARY"})"),
    secret("", R"(,"annotations":{"sallyport.dev/reason":"because CANARY"})"),
    secret(
        "",
        R"(,"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"shop\"},\"stringData\":{\"p\":\"CANARY\"}}"})"),
    secret("", R"(,"managedFields":[{"manager":"CANARY"}],"selfLink":"CANARY")"),
    secret("", R"(,"unheardOf":"CANARY","other":{"deep":["CANARY"]})"),
    secret("", R"(,"annotations":"CANARY")"),
    secret(R"(,"data":"CANARY")"),
    secret(R"(,"data":["CANARY"])"),
    secret(R"(,"data":{"list":["CANARY"],"map":{"x":{"y":"CANARY"}}})"),
    secret(R"(,"newField":{"x":"CANARY"},"another":"CANARY")"),
    R"({"apiVersion":"v1","kind":"Secret","metadata":"CANARY"})",
    R"({"apiVersion":"v1","kind":"Secret","metadata":["CANARY"]})",
};

TEST(Secrets, CreateShowsNone) {
  for (const auto& object : kHiding) {
    const auto described = testing::describe(create(kSecrets, object));
    EXPECT_FALSE(holds_canary(everything_shown(described))) << object << "\n" << everything_shown(described);
    EXPECT_EQ(described.reason, "");
  }
}

TEST(Secrets, UpdateShowsNoneOfEitherSide) {
  for (const auto& before : kHiding)
    for (const auto& after : kHiding) {
      const auto described = testing::describe(update(kSecrets, before, after));
      EXPECT_FALSE(holds_canary(everything_shown(described))) << before << "\n" << after;
    }
}

TEST(Secrets, UpdateToAndFromAnEmptyOneShowsNone) {
  for (const auto& object : kHiding) {
    EXPECT_FALSE(holds_canary(everything_shown(testing::describe(update(kSecrets, secret(""), object))))) << object;
    EXPECT_FALSE(holds_canary(everything_shown(testing::describe(update(kSecrets, object, secret("")))))) << object;
    EXPECT_FALSE(holds_canary(everything_shown(testing::describe(update(kSecrets, "7", object))))) << object;
    EXPECT_FALSE(holds_canary(everything_shown(testing::describe(update(kSecrets, object, "null"))))) << object;
  }
}

TEST(Secrets, PoliciesIgnoredFieldsShowNone) {
  auto context = testing::context();
  context.ignored_fields = testing::patterns({"data.password", "stringData", "metadata.annotations.note", "metadata"});
  for (const auto& object : kHiding) {
    const auto described = describe(update(kSecrets, secret(""), object), context);
    EXPECT_FALSE(holds_canary(everything_shown(described))) << object;
  }
}

TEST(Secrets, DeleteShowsNone) {
  for (const auto& object : kHiding) {
    auto request = update(kSecrets, object, "null");
    request.operation = model::Operation::del;
    request.name = "s";
    const auto described = testing::describe(request);
    EXPECT_FALSE(holds_canary(everything_shown(described))) << object;
    EXPECT_EQ(described.record.summary, "DELETE secrets/s");
  }
}

TEST(Secrets, RecordedOnesShowNone) {
  for (const auto* name : {"secret_create", "secret_create_mixed", "secret_apply", "secret_annotate"}) {
    const auto request = recorded(name);
    ASSERT_TRUE(holds_canary(json::write(request.object))) << name;
    EXPECT_FALSE(holds_canary(everything_shown(testing::describe(request)))) << name;
  }
}

TEST(Secrets, AreKnownByTheirKindAsWell) {
  auto resource = testing::kWidgets;
  EXPECT_FALSE(holds_canary(everything_shown(testing::describe(create(resource, kHiding[0])))));
  EXPECT_FALSE(holds_canary(everything_shown(testing::describe(update(resource, kHiding[0], "{}")))));
}

TEST(Secrets, WhatChangesIsNamed) {
  const auto described = testing::describe(recorded("secret_apply"));
  std::vector<std::string> paths;
  for (const auto& change : described.record.changes) {
    paths.push_back(change.path);
    EXPECT_TRUE(change.redacted);
    EXPECT_FALSE(change.ignored);
    EXPECT_EQ(change.from, std::nullopt);
    EXPECT_EQ(change.to, std::nullopt);
  }
  EXPECT_THAT(paths, ::testing::ElementsAre("data.password",
                                            "metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']",
                                            "metadata.managedFields"));
  EXPECT_TRUE(described.record.summary.starts_with("UPDATE secrets/ap: password (hidden)")) << described.record.summary;
}

// Whoever reads the request could confirm a guess by what is listed.
TEST(Secrets, WhatDiffersIsNotTold) {
  const auto listed = [](std::string_view password) {
    const auto before = secret(R"(,"data":{"password":"eA==","goes":"eA==","stays":"eA=="})");
    const auto after = secret(R"(,"data":{"password":")" + std::string(password) + R"(","stays":"eA=="},"type":"x")");
    std::vector<std::string> paths;
    for (const auto& change : testing::describe(update(kSecrets, before, after)).record.changes)
      paths.push_back(change.path);
    return paths;
  };
  EXPECT_EQ(listed("eA=="), listed("eQ=="));
  EXPECT_THAT(listed("eA=="), ::testing::IsSupersetOf({"data.password", "data.stays", "data.goes", "type"}));
}

TEST(Secrets, WhatHoldsNoValueIsShown) {
  const auto described = testing::describe(
      update(kSecrets, secret(""), secret(R"(,"type":"Opaque")", R"(,"labels":{"app":"web"},"finalizers":["x/y"])")));
  const auto shown = everything_shown(described);
  EXPECT_NE(shown.find("type: - -> Opaque"), std::string::npos) << shown;
  EXPECT_NE(shown.find("metadata.labels.app: - -> web"), std::string::npos) << shown;
  EXPECT_NE(shown.find("metadata.finalizers[0]: - -> x/y"), std::string::npos) << shown;
}

TEST(Secrets, IgnoredPlacesThatHoldNoValueAreShown) {
  auto context = testing::context();
  context.ignored_fields = testing::patterns({"metadata.labels.app"});
  const auto labelled = [](std::string_view app) {
    return secret("", R"(,"labels":{"app":")" + std::string(app) + "\"}");
  };
  const auto changes = describe(update(kSecrets, labelled("a"), labelled("b")), context).record.changes;
  ASSERT_FALSE(changes.empty());
  EXPECT_TRUE(changes.back().ignored);
  EXPECT_FALSE(changes.back().redacted);
  EXPECT_EQ(changes.back().to, "b");
}

TEST(Secrets, ValuesCountInTheDigest) {
  const auto with = [](std::string_view value) {
    return digest(update(kSecrets, secret(""), secret(R"(,"data":{"password":")" + std::string(value) + "\"}")));
  };
  EXPECT_EQ(with("eA=="), with("eA=="));
  EXPECT_NE(with("eA=="), with("eQ=="));
}

TEST(Secrets, DigestNeedsTheKey) {
  // Who can read a request must not be able to try out values against its digest.
  const auto request = create(kSecrets, secret(R"(,"data":{"password":"eA=="})"));
  const Secret key("another key");
  const DescribeContext other{.cluster_id = "c1", .namespace_uid = "n1", .hash_key = key, .ignore_builtin = true};
  EXPECT_NE(digest(request, other), digest(request));
  const auto config = create(testing::kConfigMaps, R"({"metadata":{"name":"s"},"data":{"a":"b"}})");
  EXPECT_EQ(digest(config, other), digest(config));
}

TEST(Secrets, EqualHashesOfUnequalTypesDoNotMeet) {
  auto text = parse(R"({"data":{"a":"[1]"}})");
  auto list = parse(R"({"data":{"a":[1]}})");
  const Secret key("k");
  redact(text, key);
  redact(list, key);
  EXPECT_FALSE(text == list);
}

TEST(Secrets, OtherKindsAreShown) {
  const auto described =
      testing::describe(create(testing::kConfigMaps, R"({"metadata":{"name":"s"},"data":{"password":"visible"}})"));
  EXPECT_NE(everything_shown(described).find("data.password: - -> visible"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::action
