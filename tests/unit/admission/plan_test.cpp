#include "admission/plan.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::admission {
namespace {

using model::AdmissionRequest;
using model::Operation;

json::Value parsed(const std::string& text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return std::move(*value);
}

AdmissionRequest dry_run(const std::string& object, const std::string& old_object = "null",
                         const std::string& resource = "deployments") {
  AdmissionRequest request;
  request.resource = {resource == "deployments" ? "apps" : "", "v1", resource, ""};
  request.object = parsed(object);
  request.old_object = parsed(old_object);
  request.operation = request.old_object.is_null() ? Operation::create : Operation::update;
  request.dry_run = true;
  return request;
}

constexpr auto kMarks = R"("sallyport.dev/plan":"app-1","sallyport.dev/reason":"because")";

TEST(Plan, TheMarksAreTakenOffSoThatTheObjectIsAsTheRealCallSendsIt) {
  auto request = dry_run(std::string(R"({"metadata":{"name":"x","annotations":{"a":"b",)") + kMarks +
                         R"(},"managedFields":[{"manager":"helm","operation":"Apply","fieldsV1":{"f:metadata":{
                             "f:annotations":{"f:a":{},"f:sallyport.dev/plan":{},"f:sallyport.dev/reason":{}}}}}]}})");
  const auto plan = take_plan(request);
  EXPECT_EQ(plan.id, "app-1");
  EXPECT_EQ(plan.reason, "because");
  EXPECT_EQ(json::write(request.object),
            R"({"metadata":{"name":"x","annotations":{"a":"b"},"managedFields":[{"manager":"helm","operation":"Apply",)"
            R"("fieldsV1":{"f:metadata":{"f:annotations":{"f:a":{}}}}}]}})");
}

TEST(Plan, WhereNothingElseIsAnnotatedNothingOfItIsLeft) {
  auto request = dry_run(std::string(R"({"metadata":{"name":"x","annotations":{)") + kMarks +
                         R"(},"managedFields":[{"manager":"m","fieldsV1":{"f:metadata":{"f:annotations":{".":{},
                             "f:sallyport.dev/plan":{},"f:sallyport.dev/reason":{}}},"f:spec":{}}}]}})");
  EXPECT_EQ(take_plan(request).id, "app-1");
  EXPECT_EQ(json::write(request.object),
            R"({"metadata":{"name":"x","managedFields":[{"manager":"m","fieldsV1":{"f:spec":{}}}]}})");
}

TEST(Plan, OnlyADryRunOfAWriteAsksAndOnlyByWhatItSetsItself) {
  const std::string object = std::string(R"({"metadata":{"annotations":{)") + kMarks + "}}}";
  auto real = dry_run(object);
  real.dry_run = false;
  EXPECT_EQ(take_plan(real).id, "");
  EXPECT_EQ(json::write(real.object), object) << "of a real call nothing is taken off";

  auto deletion = dry_run("null", object);
  deletion.operation = Operation::del;
  EXPECT_EQ(take_plan(deletion).id, "");

  auto standing = dry_run(object, object);
  EXPECT_EQ(take_plan(standing).id, "");
  EXPECT_EQ(json::write(standing.object), object);

  auto again = dry_run(object, R"({"metadata":{"annotations":{"sallyport.dev/plan":"old"}}})");
  EXPECT_EQ(take_plan(again).id, "app-1");
  EXPECT_EQ(json::write(again.object), R"({"metadata":{"annotations":{"sallyport.dev/plan":"old"}}})")
      << "what stood there stands there when the real call comes";
}

// Else the real call, which leaves the annotation alone, would be another action.
TEST(Plan, TheOwnerOfWhatStoodThereStaysAsWell) {
  const auto object = [](const std::string& plan, const std::string& owner) {
    return R"({"metadata":{"annotations":{"sallyport.dev/plan":")" + plan + R"("},"managedFields":[{"manager":")" +
           owner + R"(","fieldsV1":{"f:metadata":{"f:annotations":{"f:sallyport.dev/plan":{}}},"f:spec":{}}}]}})";
  };
  auto request = dry_run(object("new", "agent"), object("old", "person"));
  EXPECT_EQ(take_plan(request).id, "new");
  for (const auto* side : {&request.object, &request.old_object}) {
    EXPECT_EQ((*side)["metadata"]["annotations"]["sallyport.dev/plan"].text(), "old");
    EXPECT_EQ(json::write((*side)["metadata"]["managedFields"].items()[0]["fieldsV1"]), R"({"f:spec":{}})");
  }
}

TEST(Plan, WhatIsNoNameIsNone) {
  for (const std::string id : {"", "Upper", "-a", "a-", "a b", "a/b", "\\u00e4", "a.b", "a\\u0000"}) {
    auto request = dry_run(R"({"metadata":{"annotations":{"sallyport.dev/plan":")" + id + R"("}}})");
    EXPECT_EQ(take_plan(request).id, "") << id;
  }
  auto longest = dry_run(R"({"metadata":{"annotations":{"sallyport.dev/plan":")" + std::string(40, 'a') + R"("}}})");
  EXPECT_EQ(take_plan(longest).id.size(), 40u);
  auto too_long = dry_run(R"({"metadata":{"annotations":{"sallyport.dev/plan":")" + std::string(41, 'a') + R"("}}})");
  EXPECT_EQ(take_plan(too_long).id, "");
  for (const auto* other :
       {R"({"metadata":{"annotations":{"sallyport.dev/plan":7}}})", R"({"metadata":[]})", "[]", "7"}) {
    auto request = dry_run(other);
    EXPECT_EQ(take_plan(request).id, "") << other;
  }
}

TEST(Plan, TheReasonIsBoundedAndEscapedAndThatOfASecretIsNotTold) {
  auto loud = dry_run(R"({"metadata":{"annotations":{"sallyport.dev/plan":"a","sallyport.dev/reason":"x\u001b[31m)" +
                      std::string(2000, 'y') + R"("}}})");
  const auto plan = take_plan(loud);
  EXPECT_EQ(plan.reason.find('\x1b'), std::string::npos);
  EXPECT_LE(plan.reason.size(), 1100u);

  auto secret = dry_run(std::string(R"({"metadata":{"annotations":{)") + kMarks + "}}}", "null", "secrets");
  const auto of_secret = take_plan(secret);
  EXPECT_EQ(of_secret.id, "app-1");
  EXPECT_EQ(of_secret.reason, "");
}

}  // namespace
}  // namespace sallyport::admission
