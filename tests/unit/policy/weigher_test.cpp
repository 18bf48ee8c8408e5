// What people see first of a write: by what each change does.
#include "policy/weigher.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "action/describe.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using action::Rank;
using model::Effect;
using test::create;
using test::remove;
using test::update;
using Lines = std::vector<std::string>;

const Secret kKey("a key for tests");

model::ActionRecord shown(const model::AdmissionRequest& request) {
  const effects::ReadOnce write(effects::Table::shipped(), request);
  Weigher weigher(write);
  return action::describe(request, {.cluster_id = "c",
                                    .namespace_uid = "n",
                                    .hash_key = kKey,
                                    .effects = write.effects(),
                                    .weigh = std::ref(weigher)})
      .record;
}

Lines lines(const model::ActionRecord& record) {
  Lines lines;
  for (const auto& change : record.changes) {
    lines.push_back(change.path + ": " + change.from.value_or("-") + " -> " + change.to.value_or("-"));
  }
  return lines;
}

std::string template_of(const std::string& pod_spec) {
  return R"({"metadata":{"name":"x"},"spec":{"template":{"spec":)" + pod_spec + "}}}";
}

action::Weight weight_at(std::string_view what, std::string_view path, const json::Value& to) {
  const auto request = update(what, "{}", "{}");
  const effects::ReadOnce write(effects::Table::shipped(), request);
  return Weigher(write)(json::PathPattern::parse(path)->as_path()->steps(), nullptr, &to);
}

TEST(ShownFirst, IsInTheOrderOfEffects) {
  const auto record = shown(update(
      "deployments.apps",
      R"({"metadata":{"name":"x"},"spec":{"replicas":3,"template":{"spec":{"serviceAccountName":"default","containers":[{"name":"c","image":"a:1","securityContext":{"privileged":false}}]}}}})",
      R"({"metadata":{"name":"x","labels":{"l":"1"}},"spec":{"replicas":0,"template":{"spec":{"containers":[{"name":"c","image":"a:2","securityContext":{"privileged":true}}],"serviceAccountName":"builder"}}}})"));
  EXPECT_EQ(lines(record), (Lines{"spec.template.spec.serviceAccountName: default -> builder",
                                  "spec.template.spec.containers[0].securityContext.privileged: false -> true",
                                  "spec.template.spec.containers[0].image: a:1 -> a:2", "spec.replicas: 3 -> 0",
                                  "metadata.labels.l: - -> 1"}));
  EXPECT_EQ(record.kubernetes()->effects, (Lines{"RunsCode", "Identity", "UsesSecret", "Deletes"}));
  EXPECT_EQ(record.summary,
            "UPDATE deployments/x: identity: account default -> builder; node reach: privileged false -> true; runs "
            "code: image a:1 -> a:2, 2 more");
}

TEST(ShownFirst, OfANewPod) {
  const auto record = shown(create("pods", R"({"metadata":{"name":"p","labels":{"a":"b"}},"spec":{
      "containers":[{"name":"c","image":"i","env":[{"name":"E","value":"v"}],"command":["x"]}],"hostNetwork":true,
      "serviceAccountName":"default","preemptionPolicy":"PreemptLowerPriority"}})"));
  EXPECT_EQ(
      lines(record),
      (Lines{"spec.hostNetwork: - -> true", "spec.containers[0].image: - -> i", "spec.containers[0].command[0]: - -> x",
             "metadata.labels.a: - -> b", "spec.containers[0].name: - -> c", "spec.containers[0].env[0].name: - -> E",
             "spec.containers[0].env[0].value: - -> v", "metadata.name: - -> p",
             "spec.serviceAccountName: - -> default", "spec.preemptionPolicy: - -> PreemptLowerPriority"}))
      << "what the API server writes by itself does nothing";
  EXPECT_EQ(record.summary, "CREATE pods/x: node reach: hostNetwork true; runs code: image i, command x");
}

TEST(ShownFirst, WhatReachesFurtherStandsBeforeThirtyImages) {
  const auto pod = [](std::string_view tag, std::string_view more) {
    std::string containers;
    for (int i = 0; i < 30; ++i) containers += R"({"image":"r/a:)" + std::string(tag) + R"("},)";
    return template_of(R"({"containers":[)" + containers + std::string(more) + "]}");
  };
  const auto first = [&](std::string_view before, std::string_view after) {
    const auto line = lines(shown(update("deployments.apps", pod("1", before), pod("2", after)))).front();
    return line.substr(std::string_view("spec.template.spec.").size());
  };
  EXPECT_EQ(first("{}", R"({"securityContext":{"privileged":true}})"),
            "containers[30].securityContext.privileged: - -> true");
  EXPECT_EQ(first(R"({"image":"r/b:1"})", R"({"image":"evil.example/b:1"})"),
            "containers[30].image: r/b:1 -> evil.example/b:1");
  EXPECT_EQ(first(R"({"image":"r:5000/b:1"})", R"({"image":"r/b:1"})"), "containers[30].image: r:5000/b:1 -> r/b:1");
  EXPECT_EQ(first("{}", R"({"securityContext":{"capabilities":{"add":["CHOWN"]}}})"),
            "containers[30].securityContext.capabilities.add[0]: - -> CHOWN")
      << "one that the baseline allows, too";
  const std::string image = "containers[0].image: r/a:1 -> r/a:2";
  EXPECT_EQ(first("{}", R"({"securityContext":{"privileged":false}})"), image);
  EXPECT_EQ(first(R"({"securityContext":{"privileged":true}})", R"({"securityContext":{"privileged":false}})"), image);
  EXPECT_EQ(first(R"({"securityContext":{"capabilities":{"add":["CHOWN"]}}})", "{}"), image);
  EXPECT_EQ(first(R"({"image":"r/b:1"})", R"({"image":"r/b:1@sha256:00"})"), image);
}

// Each thing by which a pod leaves the baseline, at its place, and the same where it does not.
TEST(ShownFirst, NodeReachIsWhatTheGuardTakesForIt) {
  const std::string pod = "spec.template.spec.";
  const auto rank = [&](const std::string& path, const json::Value& to) {
    return weight_at("deployments.apps", path, to).rank;
  };
  EXPECT_EQ(rank(pod + "hostPID", true), Rank::node_reach);
  EXPECT_EQ(rank(pod + "hostPID", false), Rank::runs_code);
  EXPECT_EQ(rank(pod + "volumes[3].hostPath.path", "/"), Rank::node_reach);
  EXPECT_EQ(rank(pod + "volumes[3].emptyDir.medium", "Memory"), Rank::runs_code);
  EXPECT_EQ(rank(pod + "containers[1].ports[0].hostPort", 80), Rank::node_reach);
  EXPECT_EQ(rank(pod + "containers[1].ports[0].hostPort", 0), Rank::runs_code);
  EXPECT_EQ(rank(pod + "containers[1].securityContext.capabilities.add[0]", "SYS_ADMIN"), Rank::node_reach);
  EXPECT_EQ(rank(pod + "containers[1].securityContext.seccompProfile.type", "Unconfined"), Rank::node_reach);
  EXPECT_EQ(rank(pod + "securityContext.sysctls[0].name", "kernel.msgmax"), Rank::node_reach);
  EXPECT_EQ(rank(pod + "initContainers[1].livenessProbe.httpGet.host", "10.0.0.1"), Rank::node_reach);
  EXPECT_EQ(
      rank("spec.template.metadata.annotations['container.apparmor.security.beta.kubernetes.io/c']", "unconfined"),
      Rank::node_reach);
  EXPECT_EQ(rank("spec.template.metadata.annotations['example.com/c']", "unconfined"), Rank::runs_code);
  EXPECT_EQ(weight_at("persistentvolumes", "spec.hostPath.path", "/var").rank, Rank::node_reach);
  EXPECT_NE(weight_at("persistentvolumes", "spec.nfs.path", "/var").rank, Rank::node_reach);
  // Of a kind that the table does not know, a pod is still a pod.
  EXPECT_EQ(weight_at("widgets.example.com", "spec.pod.spec.hostPID", true).rank, Rank::node_reach);
}

TEST(ShownFirst, WhatNobodyHasLookedAtIsOfTheGravestRank) {
  EXPECT_EQ(weight_at("deployments.apps", "spec.ofTomorrow", 1).rank, Rank::own);
  EXPECT_EQ(weight_at("widgets.example.com", "spec.ofTomorrow", 1).rank, Rank::rest);
  EXPECT_EQ(weight_at("deployments.apps", "kind", "x").rank, Rank::rest);
}

TEST(ShownFirst, ABranchThatGoesIsWhatIsInIt) {
  const auto gone = lines(
      shown(update("deployments.apps", template_of(R"({"hostUsers":true,"volumes":[{"secret":{"secretName":"s"}}]})"),
                   R"({"metadata":{"name":"x","annotations":{"a":"b"}},"spec":{"template":{}}})")));
  ASSERT_EQ(gone.size(), 2u);
  EXPECT_TRUE(gone[0].starts_with("spec.template.spec: {")) << gone[0];
}

// The owners of fields decide what somebody's next apply takes away.
TEST(ShownFirst, OwnersThatMoveAreWhatTheWriteDoes) {
  const auto object = [](std::string_view owner) {
    return R"({"metadata":{"name":"x","labels":{},"managedFields":[{"manager":")" + std::string(owner) +
           R"(","operation":"Apply","apiVersion":"apps/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{}}}}]},"spec":{"replicas":3}})";
  };
  const auto request = update("deployments.apps", object("person"), object("robot"));
  const effects::ReadOnce write(effects::Table::shipped(), request);
  ASSERT_FALSE(write.effects().empty());
  const json::Value text("x");
  const auto steps = json::PathPattern::parse("metadata.managedFields")->as_path()->steps();
  EXPECT_EQ(Weigher(write)(steps, &text, &text).effects, write.effects());
  EXPECT_TRUE(Weigher(write)(steps, nullptr, nullptr).effects.empty()) << "of a Secret it would tell of what is hidden";
}

TEST(ShownFirst, WhatSaysMostIsKept) {
  std::string env;
  for (int i = 0; i < 5000; ++i) env += std::string(i ? "," : "") + R"({"name":"n","value":"v"})";
  const auto record = shown(create("pods", R"({"spec":{"containers":[{"env":[)" + env +
                                               R"(],"image":"evil"}],"hostPID":true,"serviceAccountName":"a"}})"));
  EXPECT_TRUE(record.truncated);
  EXPECT_EQ(record.changes.size(), 4096u);
  EXPECT_EQ(record.changes[0].path, "spec.serviceAccountName");
  EXPECT_EQ(record.changes[1].path, "spec.hostPID");
  EXPECT_EQ(record.changes[2].path, "spec.containers[0].image");
}

// A kind that others define has no effects, and what runs in it is still known by its name.
TEST(ShownFirst, OfUnknownKindsAnImageStandsBeforeAThousandFields) {
  std::string data;
  for (int i = 0; i < 1000; ++i) data += R"("k)" + std::to_string(i) + R"(":")" + std::string(300, 'v') + R"(",)";
  const auto record =
      shown(create("widgets.example.com",
                   R"({"data":{)" + data +
                       R"("k":"v"},"spec":{"containers":[{"image":"evil","securityContext":{"privileged":true}}]}})"));
  EXPECT_TRUE(record.truncated);
  EXPECT_EQ(record.changes[0].path, "spec.containers[0].securityContext.privileged");
  EXPECT_EQ(record.changes[1].path, "spec.containers[0].image");
  EXPECT_TRUE(record.kubernetes()->effects.empty());
}

TEST(ShownFirst, OfUnknownKindsWhatReachesTheNodeIsKnownBehindAnyNumberOfFields) {
  std::string data;
  for (int i = 0; i < 20'000; ++i) data += R"("k)" + std::to_string(i) + R"(":1,)";
  const auto record = shown(
      create("widgets.example.com",
             R"({"data":{)" + data + R"("k":1},"spec":{"containers":[{"securityContext":{"privileged":true}}]}})"));
  EXPECT_TRUE(record.truncated);
  EXPECT_EQ(record.changes[0].path, "spec.containers[0].securityContext.privileged");
}

// Each of a hundred objects named "spec" could be a pod's, for each of the fields within.
TEST(ShownFirst, OfUnknownKindsAPodIsKnownWithinAnyNumberOfSpecs) {
  std::string fields;
  for (int i = 0; i < 1'000; ++i) fields += R"("k)" + std::to_string(i) + R"(":1,)";
  std::string object = "{" + fields + R"("containers":[{"lifecycle":{"preStop":{"httpGet":{"host":"10.0.0.1"}}}}]})";
  for (int i = 0; i < 100; ++i) object = R"({"spec":)" + object + "}";
  const auto record = shown(create("widgets.example.com", object));
  EXPECT_TRUE(record.changes[0].path.ends_with(".containers[0].lifecycle.preStop.httpGet.host"));
}

TEST(ShownFirst, AKeyThatIsWrittenLikeAPlaceIsAnother) {
  const auto request = update("widgets.example.com", "{}", "{}");
  const effects::ReadOnce write(effects::Table::shipped(), request);
  Weigher weigh(write);
  const json::Value on(true);
  const auto rank = [&](std::vector<json::Path::Step> place) { return weigh(place, nullptr, &on).rank; };
  const std::size_t first = 0;
  EXPECT_EQ(rank({"spec.containers.securityContext.privileged"}), Rank::rest);
  EXPECT_EQ(rank({"spec", "containers", first, "securityContext", "privileged"}), Rank::node_reach);
}

// --- of a Secret, what it does must not tell what it holds

std::string secret(const std::string& data, const std::string& type = "Opaque") {
  return R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"},"type":")" + type + R"(","data":)" + data + "}";
}

TEST(ShownFirst, EffectsOfASecretAreTheSameWhateverItsValuesAre) {
  for (const auto* type : {"Opaque", "bootstrap.kubernetes.io/token"}) {
    const auto effects_after = [&](const std::string& after) {
      return shown(update("secrets", secret(R"({"a":"YQ==","b":"Yg=="})", type), secret(after, type)));
    };
    const auto same = effects_after(R"({"a":"YQ==","b":"Yg=="})");
    EXPECT_EQ(effects_after(R"({"b":"Yg=="})").kubernetes()->effects, same.kubernetes()->effects) << "a key is gone";
    for (const auto* after : {R"({"a":"eA==","b":"Yg=="})", R"({"a":"","b":"Yg=="})"}) {
      const auto other = effects_after(after);
      EXPECT_EQ(other.kubernetes()->effects, same.kubernetes()->effects) << type << " " << after;
      EXPECT_EQ(lines(other), lines(same)) << type << " " << after;
      EXPECT_EQ(other.summary, same.summary) << type << " " << after;
    }
  }
  const auto opaque = shown(update("secrets", secret(R"({"a":"YQ=="})"), secret(R"({"a":"eA=="})")));
  EXPECT_EQ(opaque.kubernetes()->effects, Lines{"ShowsSecret"});
  EXPECT_EQ(opaque.summary, "UPDATE secrets/x: shows a Secret: a (hidden); other: managedFields (hidden)");
}

TEST(ShownFirst, WhatEverybodySeesOfASecretCounts) {
  const auto gone = shown(remove("secrets", secret("{}")));
  EXPECT_EQ(gone.kubernetes()->effects, (Lines{"ShowsSecret", "Deletes"}));
  const std::string held =
      R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","finalizers":["x/y"]},"data":{}})";
  EXPECT_EQ(shown(update("secrets", held, secret("{}"))).kubernetes()->effects, (Lines{"ShowsSecret", "Deletes"}));
}

// --- what the CLI knows of a request

model::Kubernetes stored(std::string_view what, std::vector<std::string> effects = {}) {
  model::Kubernetes action;
  action.operation = model::Operation::update;
  action.target.resource = test::resource(what);
  action.effects = std::move(effects);
  return action;
}

TEST(StoredWeigher, WeighsAsTheReplicaDid) {
  StoredWeigher weigh(stored("deployments.apps"));
  const std::string container = "spec.template.spec.containers[0].";
  EXPECT_TRUE(weigh({.path = container + "securityContext.privileged", .to = "true"}).grave);
  EXPECT_FALSE(weigh({.path = container + "securityContext.privileged", .from = "true", .to = "false"}).grave);
  EXPECT_TRUE(weigh({.path = container + "image", .from = "r/a:1", .to = "evil.example/a:1"}).grave);
  EXPECT_FALSE(weigh({.path = container + "image", .from = "r/a:1", .to = "r/a:2"}).grave);
  EXPECT_TRUE(weigh({.path = container + "image", .from = "r/a:1", .to = "r/a:2"}).is_decisive());
  EXPECT_TRUE(weigh({.path = "spec.template.spec.serviceAccountName", .from = "a", .to = "b"}).grave);
  EXPECT_FALSE(weigh({.path = "spec.template.spec.serviceAccountName", .from = "a"}).grave) << "taken away";
}

TEST(StoredWeigher, KnowsNothingOfAPlaceThatCannotBeRead) {
  StoredWeigher weigh(stored("deployments.apps"));
  for (const auto* path : {"(everything)", "", "spec..x", "spec['a"}) {
    EXPECT_EQ(weigh({.path = path, .from = "a", .to = "b"}).rank, Rank::rest) << path;
  }
}

}  // namespace
}  // namespace sallyport::policy
