#include "action/summary.hpp"

#include <gtest/gtest.h>

#include "action/escape.hpp"
#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using testing::create;
using testing::kDeployments;
using testing::kPods;
using testing::kWidgets;
using testing::recorded;
using testing::update;

std::string summary(const model::AdmissionRequest& request) {
  return testing::describe(request).record.summary;
}

TEST(Summary, OfAnUpdateTellsTheChange) {
  EXPECT_EQ(summary(recorded("deployment_set_image")),
            "UPDATE deployments/api: image registry/api:v1.4.1 -> registry/api:v1.4.2");
  EXPECT_EQ(summary(recorded("deployment_scale")), "UPDATE deployments/scale api: replicas 2 -> 5");
  EXPECT_EQ(summary(recorded("role_rule_added")), "UPDATE roles/r: verbs[1] added: delete");
  EXPECT_EQ(summary(recorded("deployment_restart")).substr(0, 54),
            "UPDATE deployments/api: kubectl.kubernetes.io/restarte");
}

TEST(Summary, OfOtherOperations) {
  EXPECT_EQ(summary(recorded("pod_delete")), "DELETE pods/api-0");
  EXPECT_EQ(summary(recorded("pod_chosen_name")), "CREATE pods/api-chosen");
  EXPECT_EQ(summary(recorded("token_request")), "CREATE serviceaccounts/token default");
  EXPECT_EQ(summary(recorded("exec_websocket")), "CONNECT pods/exec api-0 [psql -c 'select 1']");
  EXPECT_EQ(summary(recorded("exec_shell")), "CONNECT pods/exec api-0 [sh] with stdin");
  EXPECT_EQ(summary(recorded("port_forward_spdy")), "CONNECT pods/portforward api-0");
}

TEST(Summary, OfAProxySaysThatAnythingGoes) {
  auto request = recorded("exec_shell");
  request.resource = {"", "v1", "nodes", "proxy"};
  EXPECT_EQ(summary(request), "CONNECT nodes/proxy api-0: anything through this proxy");
}

TEST(Summary, NamesGroupsThatAnybodyMayDefine) {
  EXPECT_EQ(summary(create({"evil.example", "v1", "secrets", ""}, R"({"metadata":{"name":"x"}})")),
            "CREATE secrets.evil.example/x");
}

TEST(Summary, OfSeveralChangesCountsTheRest) {
  std::string before;
  std::string after;
  for (int i = 0; i < 20; ++i) {
    before += (i ? "," : "") + ("\"field" + std::to_string(i)) + "\":1";
    after += (i ? "," : "") + ("\"field" + std::to_string(i)) + "\":2";
  }
  const auto text = summary(update(kWidgets, R"({"metadata":{"name":"w"},"spec":{)" + before + "}}",
                                   R"({"metadata":{"name":"w"},"spec":{)" + after + "}}"));
  EXPECT_LE(text.size(), 160u);
  EXPECT_TRUE(text.starts_with("UPDATE widgets.example.com/w: field0 1 -> 2, field1 1 -> 2")) << text;
  EXPECT_TRUE(text.ends_with(" more")) << text;
}

TEST(Summary, QuotesArgumentsAsAShellWould) {
  auto request = recorded("exec_websocket");
  request.object.set("command", testing::parse(R"json(["a b","it's","","$(id)","x;y","--ok=1"])json"));
  EXPECT_EQ(summary(request), R"text(CONNECT pods/exec api-0 ['a b' 'it'\''s' '' '$(id)' 'x;y' --ok=1])text");
}

TEST(Summary, LongOldValueDoesNotPushTheNewOneOut) {
  const auto text =
      summary(update(kDeployments, R"({"metadata":{"name":"d"},"image":")" + std::string(3000, 'o') + "\"}",
                     R"({"metadata":{"name":"d"},"image":"evil:v1"})"));
  EXPECT_TRUE(text.ends_with("-> evil:v1")) << text;
}

TEST(Summary, LongNameLeavesTheBeginningOfTheChange) {
  const std::string name(110, 'n');
  const auto side = [&name](std::string_view image) {
    return R"({"metadata":{"name":")" + name + R"("},"image":")" + std::string(image) + "\"}";
  };
  const auto text = summary(update(kDeployments, side("registry.example.com/a:v1"), side("registry.example.com/a:v2")));
  EXPECT_EQ(text.size(), 160u);
  EXPECT_NE(text.find(name + ": image regis"), std::string::npos) << text;
}

TEST(Summary, DigestsOfImagesKeepTheirEnds) {
  const auto image = [](char c) {
    return R"({"metadata":{"name":"d"},"image":"registry.example.com/team/api@sha256:)" + std::string(64, c) + "\"}";
  };
  const auto text = summary(update(kDeployments, image('a'), image('b')));
  EXPECT_NE(text.find("aaaa -> registry"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("bbbb")) << text;
}

TEST(Summary, IsShortAndSafeWhateverIsWritten) {
  const std::string hostile = "\u202e\n\x1b[31m" + std::string(400, 'x') + "€€€€";
  const auto quoted = json::write(json::Value(hostile));
  for (const auto& request : {update(kWidgets, R"({"metadata":{"name":"w"}})",
                                     "{\"metadata\":{\"name\":" + quoted + "},\"image\":" + quoted + "}"),
                              create(kPods, "{\"metadata\":{\"name\":" + quoted + "}}")}) {
    const auto text = summary(request);
    EXPECT_LE(text.size(), 160u);
    EXPECT_EQ(escape_for_people(text), text);
  }
}

TEST(Summary, WithoutAChangeIsTheTarget) {
  EXPECT_EQ(summary(update(kWidgets, R"({"metadata":{"name":"w"}})", R"({"metadata":{"name":"w"}})")),
            "UPDATE widgets.example.com/w");
}

}  // namespace
}  // namespace sallyport::action
