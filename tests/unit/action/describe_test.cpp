#include "action/describe.hpp"

#include <gtest/gtest.h>

#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using model::Operation;
using testing::create;
using testing::kDeployments;
using testing::kWidgets;
using testing::recorded;
using testing::update;

TEST(Describe, Target) {
  const auto record = testing::describe(recorded("deployment_set_image")).record;
  EXPECT_EQ(record.kubernetes()->operation, Operation::update);
  EXPECT_EQ(record.kubernetes()->target.resource, kDeployments);
  EXPECT_EQ(record.kubernetes()->target.namespace_name, "t");
  EXPECT_EQ(record.kubernetes()->target.name, "api");
  EXPECT_FALSE(record.kubernetes()->target.uid.empty());
  EXPECT_FALSE(record.kubernetes()->connect);
  EXPECT_FALSE(record.truncated);
}

TEST(Describe, TargetOfACreateHasNoUid) {
  EXPECT_EQ(testing::describe(recorded("pod_generate_name_1")).record.kubernetes()->target.uid, "");
}

TEST(Describe, Connect) {
  auto context = testing::context();
  context.pod = model::PodFacts{.uid = "p1", .image_ids = {"i1"}};
  const auto record = describe(recorded("exec_shell"), context).record;
  ASSERT_TRUE(record.kubernetes()->connect);
  EXPECT_EQ(record.kubernetes()->connect->container, "c");
  EXPECT_EQ(record.kubernetes()->connect->command, std::vector<std::string>{"sh"});
  EXPECT_TRUE(record.kubernetes()->connect->stdin_attached);
  EXPECT_FALSE(record.kubernetes()->connect->tty);
  EXPECT_EQ(record.kubernetes()->connect->pod.uid, "p1");
  EXPECT_EQ(record.kubernetes()->connect->pod.image_ids, std::vector<std::string>{"i1"});
  EXPECT_TRUE(record.changes.empty());
}

TEST(Describe, CommandIsSafeToPrint) {
  auto request = recorded("exec_shell");
  request.object.set("command", testing::parse("[\"echo\",\"a\u202eb\\u001b[2J\"]"));
  EXPECT_EQ(testing::describe(request).record.kubernetes()->connect->command[1], "a\\u202eb\\u001b[2J");
}

TEST(Describe, ReasonIsBoundedAndEscaped) {
  const auto reason = [](std::string_view text) {
    auto request = create(kWidgets, R"({"metadata":{"name":"w","annotations":{}}})");
    request.object.find_mutable("metadata")->find_mutable("annotations")->set("sallyport.dev/reason", text);
    return testing::describe(request).reason;
  };
  EXPECT_EQ(reason("roll out the fix for #1234"), "roll out the fix for #1234");
  EXPECT_EQ(reason("ok\nAPPROVED\u202e"), "ok\\u000aAPPROVED\\u202e");
  EXPECT_LE(reason(std::string(100'000, '\n')).size(), 1024u);
  EXPECT_TRUE(reason(std::string(100'000, 'x')).ends_with("(cut)"));
  EXPECT_EQ(testing::describe(recorded("exec_shell")).reason, "");
  EXPECT_EQ(
      testing::describe(
          create(kDeployments, R"({"spec":{"template":{"metadata":{"annotations":{"sallyport.dev/reason":"x"}}}}})"))
          .reason,
      "");
}

TEST(Describe, ReasonIsNoChange) {
  const auto described =
      testing::describe(update(kWidgets, R"({"metadata":{"name":"w"}})",
                               R"({"metadata":{"name":"w","annotations":{"sallyport.dev/reason":"x"}}})"));
  EXPECT_EQ(described.reason, "x");
  EXPECT_TRUE(described.record.changes.empty());
}

TEST(Describe, GenerationIsTheOldObjects) {
  EXPECT_EQ(testing::describe(recorded("deployment_set_image")).generation, 1);
  EXPECT_EQ(testing::describe(recorded("role_rule_added")).generation, 0);
  EXPECT_EQ(testing::describe(recorded("pod_generate_name_1")).generation, 0);
}

TEST(Describe, OnlyWhatMovesTheGenerationReachesBeyondMetadata) {
  EXPECT_TRUE(testing::describe(recorded("deployment_set_image")).beyond_metadata);
  EXPECT_FALSE(testing::describe(recorded("deployment_status")).beyond_metadata);  // changes, but the generation stays
  EXPECT_FALSE(testing::describe(recorded("role_rule_added")).beyond_metadata);    // has no generation
  EXPECT_FALSE(testing::describe(recorded("pod_delete")).beyond_metadata);
  EXPECT_FALSE(testing::describe(update(kWidgets, R"({"metadata":{"name":"w","generation":1}})",
                                        R"({"metadata":{"name":"w","generation":1,"labels":{"a":"b"}}})"))
                   .beyond_metadata);
}

TEST(Describe, NamespaceWithAGeneratedNameHasItInBothPlaces) {
  const auto record = testing::describe(recorded("namespace_generate_name_1")).record;
  EXPECT_EQ(record.kubernetes()->target.name, "g-*****");
  EXPECT_EQ(record.kubernetes()->target.namespace_name, "g-*****");
}

TEST(Describe, NamespaceWithALongGeneratedNameStillHasOneThatFits) {
  auto request = recorded("namespace_generate_name_1");
  request.name = std::string(58, 'n') + "bcdfg";
  request.namespace_name = request.name;
  request.object.find_mutable("metadata")->set("name", request.name);
  request.object.find_mutable("metadata")->set("generateName", std::string(62, 'n') + "-");
  EXPECT_EQ(testing::describe(request).record.kubernetes()->target.namespace_name, std::string(58, 'n') + "*****");
}

// Nothing that an agent can send, and nothing that the API server never would, is too odd to be described.
TEST(Describe, SurvivesAnyShape) {
  for (const auto* shape : {"null", "7", "\"text\"", "[]", "[[]]", "{}", R"({"metadata":7})", R"({"metadata":[]})",
                            R"({"metadata":{"annotations":7,"labels":[],"name":[],"generateName":7}})",
                            R"({"spec":[],"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{"f:ports":[]}}}]}})",
                            R"({"spec":{"volumes":{},"containers":7,"ports":{},"template":[],"selector":7}})",
                            R"({"spec":{"containers":[7,[],{"volumeMounts":7}],"volumes":[7,[],{}]}})"})
    for (const auto* other : {"null", "{}", "[]", R"({"metadata":{"name":"x"},"spec":{"ports":[{"port":1}]}})"})
      for (const auto& resource : {testing::kPods, testing::kServices, testing::kSecrets, testing::kJobs, kDeployments,
                                   testing::kRoles, model::Resource{"", "v1", "pods", "exec"}})
        for (const auto operation : {Operation::create, Operation::update, Operation::del, Operation::connect}) {
          auto request = update(resource, other, shape);
          request.operation = operation;
          request.options = testing::parse(shape);
          EXPECT_EQ(testing::digest(request).size(), 71u);
        }
}

}  // namespace
}  // namespace sallyport::action
