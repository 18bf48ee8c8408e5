// What a request says its action does, from the review to the stored object and back: by a definition that keeps the
// fields, by one that is older and drops them, and after somebody has written others.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "admission/triage.hpp"
#include "engine/seal.hpp"
#include "json/json.hpp"
#include "wire/request.hpp"

namespace sallyport::admission {
namespace {

using json::Value;
using Names = std::vector<std::string>;
using namespace std::chrono_literals;

// A replica with a policy of the cluster for all that runs code, and an agent.
struct Replica {
  Replica() {
    model::Policy policy;
    policy.ref = {"ClusterApprovalPolicy", "", "gate", "uid-p", 1};
    model::PolicyAction action;
    action.preset = model::Preset::pod_promotion;
    policy.spec.actions = {action};
    policy.spec.approval.requirements = {{"owner", 1, {{model::Approver::Kind::group, "oncall"}}}};
    snapshot.policies = std::make_shared<const policy::PolicyIndex>(std::vector{policy});
    snapshot.namespaces = std::make_shared<const std::map<std::string, policy::NamespaceFacts>>(
        std::map<std::string, policy::NamespaceFacts>{{"prod", {"prod", "uid-prod", {}, false}}});
    snapshot.guard =
        std::make_shared<const policy::Guard>(policy::GuardSettings{"sallyport-system", "sallyport", agents});
    snapshot.freshness = {100s};
  }

  Triage triaged() {
    const std::string body =
        R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1","kind":{"group":"","version":"v1","kind":"Pod"},)"
        R"("resource":{"group":"","version":"v1","resource":"pods"},"name":"x","namespace":"prod","operation":"CREATE",)"
        R"("userInfo":{"username":"system:serviceaccount:agents:deployer","uid":"a"},"object":{"metadata":{"name":"x","namespace":"prod"},)"
        R"("spec":{"hostPID":true,"containers":[{"name":"c","image":"api:1"}]}},"oldObject":null,"dryRun":false,"options":{}}})";
    auto result = triage(context, snapshot, 101s, body);
    EXPECT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->next, Triage::Next::gate);
    result->matched = std::make_shared<const PolicySnapshot>(snapshot);
    return std::move(*result);
  }

  // As it is stored, sealed in this form.
  Value stored(std::uint32_t form) {
    auto asked = ask_of(context, triaged(), {});
    model::ApprovalRequest request;
    request.key = {"prod", "gate-abc"};
    request.uid = "r-1";
    auto& spec = request.spec;
    spec.requester = asked.ask.requester;
    spec.action = asked.ask.action;
    spec.policies = asked.ask.terms.policies;
    spec.expires_at = Instant(1h);
    auto writer = sealer;
    writer.write_form(form);
    if (!writer.covers_deeds()) {
      spec.action.kubernetes()->effects.clear();
      spec.action.kubernetes()->guarded.clear();
    }
    spec.seal = writer.seal_spec(request.key, spec);
    return wire::write_status(request, request.status);
  }

  [[nodiscard]] bool is_ours(const Value& object) const {
    const auto request = wire::read_request(object);
    EXPECT_TRUE(request) << request.error().message();
    const auto sealed = engine::check_seals(sealer, *request);
    EXPECT_TRUE(sealed.unknown.empty());
    EXPECT_EQ(sealed.forged.empty(), sealed.spec);
    return sealed.spec;
  }

  std::vector<model::Agent> agents = {{"deployer", {}, {}, {"agents/deployer"}, {}, true}};
  Secret hash_key{"a key for tests"};
  PolicySnapshot snapshot;
  const Context context{agents, model::Enforcement::enforce, "cluster-1", hash_key, 30s};
  engine::Sealer sealer{Secret("a key for tests, 32 bytes long...."), "cluster-1"};
};

Value& action_in(Value& object) {
  return *object.find_mutable("spec")->find_mutable("action")->find_mutable("kubernetes");
}

model::Kubernetes action_of(const Value& object) {
  return *wire::read_request(object)->spec.action.kubernetes();
}

TEST(StoredDeeds, AreWhatTheWriteDoesAndWhatTheGuardWouldRefuse) {
  Replica replica;
  const auto object = replica.stored(2);
  const auto& action = object["spec"]["action"];
  EXPECT_EQ(json::write(action["kubernetes"]["effects"]), R"(["RunsCode"])");
  EXPECT_EQ(json::write(action["kubernetes"]["guarded"]), R"(["node-reach"])");
  EXPECT_EQ(action["summary"].text(), "CREATE pods/x: guarded: node reach; hostPID true; runs code: image api:1");
  EXPECT_EQ(action["kubernetes"]["changes"].items()[0]["path"].text(), "spec.hostPID");
  EXPECT_TRUE(replica.is_ours(object));
}

// What was read once goes with the call: another answer than the table's is believed.
TEST(StoredDeeds, TheWriteIsReadOnceForMatchAndRequestAndLog) {
  Replica replica;
  auto triaged = replica.triaged();
  ASSERT_TRUE(triaged.effects);
  triaged.effects->effects = {model::Effect::traffic};
  const auto asked = ask_of(replica.context, std::move(triaged), {});
  EXPECT_EQ(asked.ask.action.kubernetes()->effects, Names{"Traffic"});
  EXPECT_EQ(json::write(asked.ask.facts["effects"]), R"(["Traffic"])");
}

TEST(StoredDeeds, AfterALookAtTheClusterTheWriteIsNotReadAgain) {
  Replica replica;
  auto triaged = replica.triaged();
  triaged.effects = effects::WriteEffects{{model::Effect::runs_code, model::Effect::shared}, ""};
  const auto resumed = resume(replica.context, std::move(triaged), {});
  ASSERT_TRUE(resumed.effects);
  EXPECT_EQ(resumed.effects->effects, (model::Effects{model::Effect::runs_code, model::Effect::shared}));
}

// An older CustomResourceDefinition drops both fields, of new requests and of standing ones.
TEST(StoredDeeds, ADefinitionThatDropsThemForgesNothing) {
  Replica replica;
  auto object = replica.stored(2);
  action_in(object).erase("effects");
  action_in(object).erase("guarded");
  EXPECT_TRUE(replica.is_ours(object));
  EXPECT_EQ(action_of(object).effects, Names{"RunsCode"});
  EXPECT_EQ(action_of(object).guarded, Names{"node-reach"});
}

// Whoever takes them away hides nothing, and whoever writes others has broken the seal.
TEST(StoredDeeds, NobodyCanChangeWhatPeopleAreShown) {
  Replica replica;
  const std::string seal(replica.stored(2)["spec"]["seal"].text());
  const auto with_seal = [&](std::string_view deeds) {
    return [deeds, &seal](Value& object) {
      const auto sum = seal.substr(seal.rfind(':'));
      object.find_mutable("spec")->set("seal", "2" + std::string(deeds.empty() ? "" : ":") + std::string(deeds) + sum);
    };
  };
  const auto names = [](std::vector<const char*> texts) {
    auto list = Value::array();
    for (const auto* text : texts) list.push(text);
    return list;
  };
  const auto strip = [](Value& object) {
    action_in(object).erase("effects");
    action_in(object).erase("guarded");
  };
  const std::map<std::string, std::function<void(Value&)>> harmless = {
      {"both are gone", strip},
      {"guarded is gone", [](Value& object) { action_in(object).erase("guarded"); }},
      {"effects is empty", [&](Value& object) { action_in(object).set("effects", names({})); }},
  };
  for (const auto& [what, change] : harmless) {
    auto object = replica.stored(2);
    change(object);
    EXPECT_TRUE(replica.is_ours(object)) << what;
    EXPECT_EQ(action_of(object).effects, Names{"RunsCode"}) << what;
    EXPECT_EQ(action_of(object).guarded, Names{"node-reach"}) << what;
  }
  const std::map<std::string, std::function<void(Value&)>> forged = {
      {"another effect", [&](Value& object) { action_in(object).set("effects", names({"Traffic"})); }},
      {"one more", [&](Value& object) { action_in(object).set("effects", names({"RunsCode", "Traffic"})); }},
      {"two in one", [&](Value& object) { action_in(object).set("effects", names({"RunsCode,"})); }},
      {"another rule", [&](Value& object) { action_in(object).set("guarded", names({"account"})); }},
      {"the seal says less", with_seal("RunsCode")},
      {"the seal says nothing", with_seal("")},
      {"the seal says less, and the fields are gone",
       [&](Value& object) {
         strip(object);
         with_seal("RunsCode")(object);
       }},
      {"the seal says nothing, and the fields are gone",
       [&](Value& object) {
         strip(object);
         with_seal("")(object);
       }},
      {"the seal says other things, and the fields are gone",
       [&](Value& object) {
         strip(object);
         with_seal("Traffic")(object);
       }},
      {"seal and fields say the same other thing",
       [&](Value& object) {
         action_in(object).set("effects", names({"Traffic"}));
         with_seal("Traffic/node-reach")(object);
       }},
      {"it says that it is of form 1",
       [&](Value& object) {
         strip(object);
         object.find_mutable("spec")->set("seal", seal.substr(seal.rfind(':') + 1));
       }},
  };
  for (const auto& [what, change] : forged) {
    auto object = replica.stored(2);
    change(object);
    EXPECT_FALSE(replica.is_ours(object)) << what;
  }
}

// A request of the form before has neither, and its seal covers none.
TEST(StoredDeeds, OfTheOlderFormAreNone) {
  Replica replica;
  auto object = replica.stored(1);
  EXPECT_TRUE(replica.is_ours(object));
  EXPECT_TRUE(object["spec"]["action"]["kubernetes"]["effects"].is_null());
  for (const auto* field : {"effects", "guarded"}) {
    auto added = object;
    action_in(added).set(field, Value::array().push("Traffic"));
    EXPECT_FALSE(replica.is_ours(added)) << field;
  }
}

}  // namespace
}  // namespace sallyport::admission
