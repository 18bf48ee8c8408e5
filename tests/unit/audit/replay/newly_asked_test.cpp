// What presets ask about today in a log, and did not in version 0.1.
#include "audit/replay/newly_asked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/replay/diff_view.hpp"
#include "policy/facts.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::audit {
namespace {

using model::AdmissionRequest;
using model::Preset;
using policy::test::connect;
using policy::test::create;
using policy::test::on;
using policy::test::remove;
using policy::test::update;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

json::Value facts_of(const AdmissionRequest& request) {
  const auto ns = policy::test::prod();
  return write_facts(policy::facts_of({effects::Table::shipped(), request}, &ns));
}

// As a version before effects has written them, whose presets took the write, or not.
json::Value facts_of_01(const AdmissionRequest& request, const std::vector<std::string>& presets) {
  auto written = json::Value::object();
  const auto facts = facts_of(request);
  for (const auto& [key, value] : facts.members()) {
    if (key != "effects" && key != "presets" && key != "moved") written.set(key, value);
  }
  auto list = json::Value::array();
  for (const auto& preset : presets) list.push(preset);
  return written.set("presets", std::move(list));
}

struct TheLog {
  Histories histories;
  std::uint64_t seq = 0;

  void add(const std::string& event, const AdmissionRequest& request, json::Value facts, const json::Value& more = {}) {
    auto line = json::Value::object();
    line.set("seq", ++seq).set("time", "2026-11-21T10:00:00Z").set("stream", "s").set("event", event);
    line.set("agent", "deployer").set("username", request.user.username).set("name", request.name);
    line.set("operation", to_string(request.operation)).set("resource", to_string(request.resource));
    line.set("namespace", request.namespace_name).set("admission_uid", "call-" + std::to_string(seq));
    if (!facts.is_null()) line.set("facts", std::move(facts));
    for (const auto& [key, value] : more.members()) line.set(key, value);
    histories.add({.text = "", .line = std::move(line), .file = "s.jsonl", .number = seq});
  }
  void audited(const AdmissionRequest& request, const json::Value& more = {}) {
    add("audited", request, facts_of(request), more);
  }
  void opened(const AdmissionRequest& request, const std::string& name) {
    auto more = json::Value::object();
    more.set("request", "prod/" + name).set("request_uid", name).set("policies", json::Value::array());
    add("request_opened", request, facts_of(request), more.set("expires_at", "2026-11-21T11:00:00Z"));
  }
  [[nodiscard]] PolicyDiff from_01(std::vector<model::Policy> today) {
    histories.close();
    const Before before{.presets = OlderPresets::of("0.1"), .policies = {}};
    return newly_asked(std::move(today), before, histories, [](const auto&...) { return true; });
  }
};

// "new", "no" (it was asked about before, or is not asked about), or "untold".
std::string verdict_of(const PolicyDiff& diff) {
  if (!diff.rows.empty()) return "new";
  return diff.doubts.empty() ? "no" : "untold";
}

std::string verdict(Preset preset, const AdmissionRequest& request) {
  TheLog log;
  log.audited(request);
  return verdict_of(log.from_01({policy::test::policy("p", {on(preset)})}));
}

std::string pod(const std::string& spec) {
  return R"({"spec":{"containers":[{"name":"main","image":"x:1"}])" + spec + "}}";
}
std::string deployment(const std::string& image, const std::string& spec = "") {
  return R"({"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"main","image":")" + image + R"("}])" +
         spec + "}}}}";
}
constexpr auto kSecretVolume = R"(,"volumes":[{"name":"v","secret":{"secretName":"db"}}])";

TEST(NewlyAsked, WhatRunsByFieldsThatNoListHad) {
  const auto cron = [](const std::string& schedule, const std::string& image) {
    return R"({"spec":{"schedule":")" + schedule +
           R"(","jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a","image":")" + image +
           R"("}]}}}}}})";
  };
  const auto promotion = Preset::pod_promotion;
  EXPECT_EQ(verdict(promotion, update("cronjobs.batch", cron("0 3 * * *", "x:1"), cron("* * * * *", "x:1"))), "new");
  EXPECT_EQ(verdict(promotion, update("cronjobs.batch", cron("0 3 * * *", "x:1"), cron("0 3 * * *", "x:2"))), "no");
  EXPECT_EQ(verdict(promotion, update("cronjobs.batch", cron("0 3 * * *", "x:1"), cron("* * * * *", "x:2"))), "no");
  EXPECT_EQ(verdict(promotion, create("cronjobs.batch", cron("0 3 * * *", "x:1"))), "no");
  EXPECT_EQ(verdict(promotion, update("deployments.apps", deployment("x:1"), deployment("x:2"))), "no");
  EXPECT_EQ(verdict(promotion, update("deployments.apps", R"({"spec":{"minReadySeconds":1}})",
                                      R"({"spec":{"minReadySeconds":2}})")),
            "new");
  EXPECT_EQ(
      verdict(promotion, update("deployments.apps/scale", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})")),
      "no");
  EXPECT_EQ(verdict(promotion,
                    update("pods", R"({"metadata":{"labels":{"a":"b"}}})", R"({"metadata":{"labels":{"a":"c"}}})")),
            "new");
  EXPECT_EQ(verdict(promotion, update("pods", pod(""), pod(R"(,"activeDeadlineSeconds":5)"))), "no");
  EXPECT_EQ(verdict(promotion, create("controllerrevisions.apps", R"({"revision":2,"data":{}})")), "new");
  EXPECT_EQ(verdict(promotion, update("deployments.apps", R"({"metadata":{"labels":{"a":"b"}}})",
                                      R"({"metadata":{"labels":{"a":"c"}}})")),
            "no");
}

TEST(NewlyAsked, WhatDeletesLaterOrAnotherWay) {
  const auto deletion = Preset::deletion;
  EXPECT_EQ(verdict(deletion, remove("configmaps")), "no");
  EXPECT_EQ(verdict(deletion, create("pods/eviction")), "no");
  EXPECT_EQ(verdict(deletion, update("configmaps", R"({"data":{"a":"b","c":"d"}})", R"({"data":{"a":"b"}})")), "new");
  EXPECT_EQ(verdict(deletion, create("jobs.batch", R"({"spec":{"ttlSecondsAfterFinished":0}})")), "new");
  EXPECT_EQ(
      verdict(deletion, update("deployments.apps/scale", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":0}})")),
      "new");
}

// Whether one goes, or comes, was judged as today: where nothing else has changed, that can be told.
TEST(NewlyAsked, FinalizersAndOwnersWhereNothingElseHasChanged) {
  const auto deletion = Preset::deletion;
  const std::string with = R"({"metadata":{"generation":1,"finalizers":["a/b"]}})";
  const std::string without = R"({"metadata":{"generation":2}})";
  EXPECT_EQ(verdict(deletion, update("widgets.example.com", with, without)), "no");
  EXPECT_EQ(verdict(deletion, update("widgets.example.com", without, with)), "no");
  const std::string bare = R"({"metadata":{"name":"x"}})";
  const std::string owned = R"({"metadata":{"name":"x","ownerReferences":[{"kind":"X","name":"x","uid":"1"}]}})";
  EXPECT_EQ(verdict(deletion, update("jobs.batch", bare, owned)), "no");
  // The Job's pods run on, and it is swept: the one is new, the other is not.
  EXPECT_EQ(verdict(Preset::pod_promotion, update("jobs.batch", bare, owned)), "new");
  // A policy that has both asked, where an owner comes, and did not, where one goes.
  const auto of_both = [&](const AdmissionRequest& request) {
    TheLog log;
    log.audited(request);
    return verdict_of(log.from_01({policy::test::policy("p", {on(Preset::pod_promotion), on(deletion)})}));
  };
  EXPECT_EQ(of_both(update("jobs.batch", bare, owned)), "no");
  EXPECT_EQ(of_both(update("jobs.batch", owned, bare)), "new");
  EXPECT_EQ(verdict(deletion, update("configmaps", R"({"metadata":{},"data":{"a":"b"}})",
                                     R"({"metadata":{"finalizers":["a/b"]},"data":{}})")),
            "untold");
}

TEST(NewlyAsked, WhatComesToSecretsAsFarAsPlacesTellIt) {
  const auto access = Preset::secret_access;
  EXPECT_EQ(verdict(access, update("secrets", R"({"data":{"a":"YQ=="}})", R"({"data":{"a":"YQ=="}})")), "no");
  EXPECT_EQ(verdict(access, create("serviceaccounts/token")), "no");
  EXPECT_EQ(
      verdict(access, update("deployments.apps", deployment("x:1", kSecretVolume), deployment("x:2", kSecretVolume))),
      "new");
  EXPECT_EQ(verdict(access, update("deployments.apps", deployment("x:1"), deployment("x:1", kSecretVolume))), "untold");
  EXPECT_EQ(verdict(access, update("deployments.apps", deployment("x:1"),
                                   deployment("x:1", R"(,"serviceAccountName":"builder")"))),
            "untold");
  EXPECT_EQ(verdict(access, create("pods", pod(kSecretVolume))), "no");
  EXPECT_EQ(verdict(access, create("pods", pod(R"(,"serviceAccountName":"builder")"))), "untold");
  EXPECT_EQ(verdict(access, create("pods", pod(""))), "no");
  EXPECT_EQ(verdict(access, create("storageclasses.storage.k8s.io", R"({"parameters":{"a":"b"}})", "")), "new");
}

// It has every effect, which says nothing of whether the pod holds a Secret.
TEST(NewlyAsked, WhereAFieldIsNewerThanTheTable) {
  EXPECT_EQ(verdict(Preset::secret_access, create("pods", pod(R"(,"fresh":true)"))), "untold");
  EXPECT_EQ(verdict(Preset::deletion, update("gadgets", R"({"metadata":{"name":"x"}})",
                                             R"({"metadata":{"name":"x","finalizers":["a/b"]}})")),
            "untold");
  EXPECT_EQ(verdict(Preset::exec, create("pods", pod(R"(,"fresh":true)"))), "new");
}

// A change of an image may have been one of what somebody's next apply brings to a Secret.
TEST(NewlyAsked, WhatIsMovedForSomebodysNextApply) {
  const auto request = update("deployments.apps", deployment("x:1", kSecretVolume), deployment("x:2", kSecretVolume));
  auto facts = facts_of(request);
  TheLog log;
  log.add("audited", request, facts.set("moved", true));
  EXPECT_EQ(verdict_of(log.from_01({policy::test::policy("p", {on(Preset::secret_access)})})), "untold");
}

TEST(NewlyAsked, TheOtherPresets) {
  const std::string login = R"({"type":"bootstrap.kubernetes.io/token","data":{"a":"b"}})";
  EXPECT_EQ(verdict(Preset::rbac_change, create("secrets", login)), "new");
  EXPECT_EQ(verdict(Preset::rbac_change,
                    update("roles.rbac.authorization.k8s.io", "{}", R"({"metadata":{"labels":{"a":"b"}}})")),
            "no");
  EXPECT_EQ(verdict(Preset::rbac_change, create("certificatesigningrequests.certificates.k8s.io", "{}", "")), "new");
  EXPECT_EQ(verdict(Preset::token_request, create("serviceaccounts/token")), "no");
  EXPECT_EQ(verdict(Preset::token_request, create("secrets", login)), "new");
  EXPECT_EQ(verdict(Preset::exec, connect("pods/exec")), "no");
  EXPECT_EQ(verdict(Preset::exec, update("nodes/status", R"({"status":{"addresses":[]}})",
                                         R"({"status":{"addresses":[{"address":"10.0.0.9"}]}})", "")),
            "new");
  EXPECT_EQ(verdict(Preset::infrastructure, update("nodes/status", R"({"status":{}})", R"({"status":{"a":1}})", "")),
            "no");
  EXPECT_EQ(verdict(Preset::infrastructure, remove("networkpolicies.networking.k8s.io")), "no");
  EXPECT_EQ(verdict(Preset::infrastructure, create("configmaps", R"({"data":{"a":"b"}})", "kube-system")), "new");
  EXPECT_EQ(verdict(Preset::traffic, create("services")), "new");
  EXPECT_EQ(verdict(Preset::everything, create("configmaps")), "no");
  EXPECT_EQ(verdict(Preset::everything, connect("services/proxy")), "no");
}

// Who writes an object as a whole may have written whatever in it.
TEST(NewlyAsked, WhereTheObjectAsAWholeHasChanged) {
  const auto judged = [](const AdmissionRequest& request, const std::string& key, const json::Value& value,
                         const model::PolicyAction& action = on(Preset::pod_promotion)) {
    auto facts = facts_of(request);
    TheLog log;
    log.add("audited", request, facts.set(key, value));
    return verdict_of(log.from_01({policy::test::policy("p", {action})}));
  };
  auto whole = json::Value::array();
  whole.push("");
  const auto image = update("deployments.apps", deployment("x:1"), deployment("x:2"));
  EXPECT_EQ(judged(image, "changed", whole), "untold");
  const auto rules = on(policy::test::rule({"UPDATE"}, "apps", {"deployments"}), {}, {"spec.replicas"});
  EXPECT_EQ(judged(image, "changed", whole, rules), "no") << "they ask as they did";
  const auto owned = update("jobs.batch", R"({"metadata":{}})",
                            R"({"metadata":{"ownerReferences":[{"kind":"X","name":"x","uid":"1"}]}})");
  EXPECT_EQ(judged(owned, "moved", false), "new");
  EXPECT_EQ(judged(owned, "moved", true), "untold");
}

// Of a record before effects only that is known which presets took the write then; they only grow.
TEST(NewlyAsked, OfRecordsBeforeEffects) {
  const auto judged = [](Preset preset, const AdmissionRequest& request, const std::vector<std::string>& recorded) {
    TheLog log;
    log.add("audited", request, facts_of_01(request, recorded));
    return verdict_of(log.from_01({policy::test::policy("p", {on(preset)})}));
  };
  const auto image = update("deployments.apps", deployment("x:1"), deployment("x:2"));
  EXPECT_EQ(judged(Preset::pod_promotion, image, {"PodPromotion", "Everything"}), "no");
  EXPECT_EQ(judged(Preset::secret_access, image, {"PodPromotion", "Everything"}), "untold");
  const auto mount = update("deployments.apps", deployment("x:1"), deployment("x:1", kSecretVolume));
  EXPECT_EQ(judged(Preset::secret_access, mount, {"PodPromotion", "SecretAccess", "Everything"}), "no");
  EXPECT_EQ(judged(Preset::everything, image, {"PodPromotion", "Everything"}), "no");
  EXPECT_EQ(judged(Preset::traffic, image, {"PodPromotion", "Everything"}), "untold");
  // An update of a ConfigMap runs nothing, whatever it changes and wherever it is; it may delete.
  const auto data = update("configmaps", R"({"data":{"a":"b"}})", R"({"data":{"a":"c"}})");
  EXPECT_EQ(judged(Preset::exec, data, {"Everything"}), "no");
  EXPECT_EQ(judged(Preset::deletion, data, {"Everything"}), "untold");
  TheLog log;
  log.add("audited", image, facts_of_01(image, {"Everything"}));
  const auto diff = log.from_01({policy::test::policy("p", {on(Preset::secret_access)})});
  ASSERT_THAT(diff.doubts, SizeIs(1));
  EXPECT_THAT(diff.doubts[0].why, testing::HasSubstr("before effects"));
}

TEST(NewlyAsked, OfRecordsThatDoNotTellAll) {
  const auto image = update("deployments.apps", deployment("x:1", kSecretVolume), deployment("x:2", kSecretVolume));
  const auto judged = [&](json::Value facts) {
    TheLog log;
    log.add("audited", image, std::move(facts));
    return log.from_01({policy::test::policy("p", {on(Preset::secret_access)})});
  };
  for (const auto* cut : {"groups_cut", "labels_cut"}) {
    auto facts = facts_of(image);
    const auto diff = judged(facts.set(cut, true));
    EXPECT_EQ(verdict_of(diff), "untold") << cut;
    EXPECT_EQ(diff.doubts[0].policy.name, "") << cut;
  }
  auto facts = facts_of(image);
  EXPECT_EQ(verdict_of(judged(facts.set("changed_cut", true))), "untold");
  EXPECT_EQ(verdict_of(judged({})), "untold");
}

TEST(NewlyAsked, ByAgentKindAndPolicyWithOneExample) {
  const auto schedule = [](const std::string& to, const std::string& name) {
    auto request = update("cronjobs.batch", R"({"spec":{"schedule":"a"}})", R"({"spec":{"schedule":")" + to + R"("}})");
    request.name = name;
    return request;
  };
  TheLog log;
  log.audited(schedule("b", "one"));
  log.audited(schedule("c", "two"));
  // The third call has records of two policies, the fourth was only tried, the fifth was asked about and tried again.
  log.audited(schedule("d", "three"));
  log.audited(schedule("d", "three"), json::Value::object().set("admission_uid", "call-3"));
  log.audited(schedule("e", "four"), json::Value::object().set("dry_run", true));
  log.opened(schedule("f", "five"), "promote-1");
  log.audited(schedule("f", "five"));
  log.audited(remove("configmaps"));
  auto enforced = policy::test::policy("enforced", {on(Preset::pod_promotion)}, "prod");
  auto trial = policy::test::policy("trial", {on(Preset::pod_promotion), on(Preset::deletion)});
  trial.spec.enforcement = model::Enforcement::warn;
  const auto diff = log.from_01({enforced, trial});
  EXPECT_EQ(diff.calls, 5u);
  EXPECT_EQ(diff.newly, 4u);
  EXPECT_EQ(diff.untold, 0u);
  EXPECT_EQ(diff.dry_runs, 1u);
  ASSERT_THAT(diff.rows, SizeIs(2));
  EXPECT_EQ(diff.rows[0].policy, (PolicyName{"", "trial"}));
  EXPECT_EQ(diff.rows[0].asks, Asks::warn);
  EXPECT_EQ(diff.rows[1].policy, (PolicyName{"prod", "enforced"}));
  EXPECT_EQ(diff.rows[1].asks, Asks::enforce);
  for (const auto& row : diff.rows) {
    EXPECT_EQ(row.count, 4u);
    EXPECT_EQ(row.agent, "deployer");
    EXPECT_EQ(row.action, "UPDATE cronjobs.batch");
    EXPECT_EQ(row.example.effects, "RunsCode");
    EXPECT_THAT(row.example.changed, ElementsAre("spec.schedule"));
  }
}

// What a policy says besides holds as it does today.
TEST(NewlyAsked, OnlyWhereThePolicyIsFor) {
  const auto schedule = update("cronjobs.batch", R"({"metadata":{"labels":{"tier":"db"}},"spec":{"schedule":"a"}})",
                               R"({"metadata":{"labels":{"tier":"db"}},"spec":{"schedule":"b"}})");
  const auto judged = [&](const model::Policy& policy) {
    TheLog log;
    log.audited(schedule);
    return verdict_of(log.from_01({policy}));
  };
  EXPECT_EQ(judged(policy::test::policy("p", {on(Preset::pod_promotion, policy::test::where("tier", "db"))})), "new");
  EXPECT_EQ(judged(policy::test::policy("p", {on(Preset::pod_promotion, policy::test::where("tier", "web"))})), "no");
  EXPECT_EQ(judged(policy::test::policy("p", {on(Preset::pod_promotion)}, "elsewhere")), "no");
  auto excepted = policy::test::policy("p", {on(Preset::pod_promotion)});
  excepted.spec.except = {policy::test::rule({"UPDATE"}, "batch", {"cronjobs"})};
  EXPECT_EQ(judged(excepted), "no");
  auto by_effect = policy::test::policy("p", {model::PolicyAction{.effects = {model::Effect::runs_code}}});
  EXPECT_EQ(judged(by_effect), "new") << "version 0.1 knew no effects";
  const auto rules = on(policy::test::rule({"UPDATE"}, "batch", {"cronjobs"}));
  EXPECT_EQ(judged(policy::test::policy("p", {rules})), "no");
  EXPECT_EQ(judged(policy::test::policy("p", {rules, on(Preset::pod_promotion)})), "no") << "the rules asked already";
}

TEST(NewlyAsked, AgainstOtherPolicies) {
  const auto image = update("deployments.apps", deployment("x:1"), deployment("x:2"));
  const auto judged = [&](const model::Policy& today, std::vector<model::Policy> before) {
    TheLog log;
    log.audited(image);
    log.histories.close();
    return verdict_of(newly_asked({today}, {.presets = nullptr, .policies = std::move(before)}, log.histories,
                                  [](const auto&...) { return true; }));
  };
  const auto asks = policy::test::policy("p", {on(Preset::pod_promotion)});
  const auto other = policy::test::policy("p", {on(Preset::exec)});
  auto warns = asks;
  warns.spec.enforcement = model::Enforcement::warn;
  EXPECT_EQ(judged(asks, {other}), "new");
  EXPECT_EQ(judged(asks, {}), "new");
  EXPECT_EQ(judged(asks, {asks}), "no");
  EXPECT_EQ(judged(other, {asks}), "no");
  EXPECT_EQ(judged(asks, {warns}), "new");
  EXPECT_EQ(judged(warns, {asks}), "no");
}

TEST(NewlyAsked, SaysNothingThatSteersATerminal) {
  auto request = update("cronjobs.batch", R"({"spec":{"schedule":"a"}})", R"({"spec":{"schedule":"b"}})");
  request.name = "\x1b[2Jevil";
  TheLog log;
  log.audited(request, json::Value::object().set("agent", "\x1b]0;x"));
  const auto text = diff_view(log.from_01({policy::test::policy("p", {on(Preset::pod_promotion)})}));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("\x1b")));
  EXPECT_THAT(text, testing::HasSubstr("1 call in these logs: 1 asked about now and not before, 0 cannot be told\n"));
}

}  // namespace
}  // namespace sallyport::audit
