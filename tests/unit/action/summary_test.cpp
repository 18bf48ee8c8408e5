#include "action/summary.hpp"

#include <gtest/gtest.h>

#include "action/escape.hpp"
#include "unit/action/support.hpp"

namespace sallyport::action {
namespace {

using model::Kubernetes;
using model::ShownChange;
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
  EXPECT_EQ(summary(recorded("role_rule_added")), "UPDATE roles/r: rules.verbs added: delete");
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

ShownChange change(std::string path, std::optional<std::string> from, std::optional<std::string> to) {
  return {.path = std::move(path), .from = std::move(from), .to = std::move(to)};
}

Kubernetes on_api(model::Operation operation = model::Operation::update) {
  Kubernetes action;
  action.operation = operation;
  action.target = {kDeployments, "shop", "api", "uid"};
  return action;
}

constexpr model::Effects kCode{model::Effect::runs_code};

TEST(Summary, SaysWhatEachChangeDoes) {
  const std::vector<ShownChange> changes = {change("spec.template.spec.serviceAccountName", "default", "builder"),
                                            change("spec.template.spec.containers[0].image", "a:1", "b:2"),
                                            change("spec.template.spec.containers[1].image", "a:1", "b:2"),
                                            change("metadata.labels.team", "x", "y")};
  const std::vector<Weight> weights = {{.rank = Rank::identity},
                                       {.rank = Rank::runs_code, .effects = kCode},
                                       {.rank = Rank::runs_code, .effects = kCode},
                                       {}};
  EXPECT_EQ(
      summarize(on_api(), changes, weights),
      "UPDATE deployments/api: identity: account default -> builder; runs code: image a:1 -> b:2; other: team x -> y");
}

TEST(Summary, SaysWhatTheGuardWouldRefuseBeforeAllElse) {
  auto action = on_api();
  action.guarded = {"node-reach", "account"};
  const std::vector<ShownChange> changes = {
      change("spec.template.spec.containers[0].securityContext.privileged", std::nullopt, "true"),
      change("spec.template.spec.containers[0].image", "a:1", "b:2")};
  const std::vector<Weight> weights = {{.rank = Rank::node_reach, .grave = true}, {.rank = Rank::runs_code}};
  EXPECT_EQ(
      summarize(action, changes, weights),
      "UPDATE deployments/api: guarded: node reach, account; privileged added: true; runs code: image a:1 -> b:2");
  action.operation = model::Operation::connect;
  action.target.resource = {"", "v1", "pods", "exec"};
  action.guarded = {"connects"};
  action.connect = model::Connect{.command = {"id"}, .pod = {}};
  EXPECT_EQ(summarize(action, {}, {}), "CONNECT pods/exec api: guarded: pod of another account [id]");
  action.guarded = {"a-rule-of-tomorrow"};
  EXPECT_EQ(summarize(action, {}, {}), "CONNECT pods/exec api: guarded: a-rule-of-tomorrow [id]");
}

TEST(Summary, OfWhatIsNewNamesWhatRunsAndReachesFurther) {
  const std::vector<ShownChange> changes = {
      change("spec.hostPID", std::nullopt, "true"), change("spec.containers[0].image", std::nullopt, "b:2"),
      change("spec.containers[0].name", std::nullopt, "c"), change("spec.ports", std::nullopt, "80"),
      change("metadata.name", std::nullopt, "api")};
  const std::vector<Weight> weights = {{.rank = Rank::node_reach, .grave = true},
                                       {.rank = Rank::runs_code, .order = 1},
                                       {.rank = Rank::runs_code},
                                       {.rank = Rank::traffic},
                                       {}};
  EXPECT_EQ(summarize(on_api(model::Operation::create), changes, weights),
            "CREATE deployments/api: node reach: hostPID true; runs code: image b:2; traffic");
}

TEST(Summary, OfADeletionNamesWhatItDoesBeside) {
  auto action = on_api(model::Operation::del);
  action.effects = {"Deletes"};
  EXPECT_EQ(summarize(action, {}, {}), "DELETE deployments/api");
  action.effects = {"RunsCode", "Identity", "Deletes", "Tomorrow"};
  EXPECT_EQ(summarize(action, {}, {}), "DELETE deployments/api: identity, runs code, Tomorrow");
}

TEST(Summary, NamesTheOtherThingsThatAPlaceDoes) {
  const std::vector<ShownChange> changes = {change("spec.replicas", "3", "0"),
                                            change("spec.template.spec.volumes[0].secret.secretName", "a", "b")};
  const std::vector<Weight> weights = {
      {.rank = Rank::runs_code, .effects = {model::Effect::runs_code, model::Effect::deletes}},
      {.rank = Rank::runs_code, .effects = {model::Effect::runs_code, model::Effect::uses_secret}}};
  EXPECT_EQ(summarize(on_api(), changes, weights),
            "UPDATE deployments/api: runs code and deletes: replicas 3 -> 0; runs code and uses a Secret: "
            "secret.secretName a -> b");
}

// However much there is to say, it is one line, and says how much is left.
TEST(Summary, StaysShortWhateverThereIs) {
  auto action = on_api();
  action.guarded = {"node-reach", "account", "rights"};
  std::vector<ShownChange> changes;
  std::vector<Weight> weights;
  for (std::size_t rank = 0; rank < kRanks; ++rank) {
    for (int i = 0; i < 20; ++i) {
      changes.push_back(change("spec.field" + std::to_string(rank) + "x" + std::to_string(i), "1", "2"));
      weights.push_back({.rank = static_cast<Rank>(rank)});
    }
  }
  const auto text = summarize(action, changes, weights);
  EXPECT_LE(text.size(), 160u);
  EXPECT_TRUE(text.starts_with("UPDATE deployments/api: guarded: node reach, account, rights; may do anything: "))
      << text;
  EXPECT_TRUE(text.ends_with(" more")) << text;
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
