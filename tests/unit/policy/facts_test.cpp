#include "policy/facts.hpp"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "unit/policy/fixtures.hpp"

// That the facts of a call lead to the match of the call itself, every test of match_test.cpp looks at.
namespace sallyport::policy {
namespace {

using test::on;
using test::policy;
using test::rule;
using testing::HasSubstr;
using testing::Not;

model::AdmissionRequest change(std::string_view before, std::string_view after, std::string_view what) {
  return test::request(model::Operation::update, what, before, after);
}

TEST(Facts, NamePlacesAndNoValueOfASecret) {
  const auto facts =
      facts_of({effects::Table::shipped(),
                change(R"({"data":{"password":"b2xk"},"metadata":{"annotations":{"note":"o"}}})",
                       R"({"data":{"password":"bmV3"},"metadata":{"annotations":{"note":"n"}}})", "secrets")},
               nullptr);
  const auto written = json::write(write_facts(facts));
  EXPECT_THAT(written, HasSubstr(R"("changed":["data.password","metadata.annotations.note"])"));
  EXPECT_THAT(written, HasSubstr(R"("presets":["SecretAccess","Everything"])"));
  EXPECT_THAT(written, Not(HasSubstr("b2xk")));
  EXPECT_THAT(written, Not(HasSubstr("bmV3")));
}

TEST(Facts, OfWhateverSizeAreFewAndSaySo) {
  auto before = json::Value::object();
  auto after = json::Value::object();
  auto labels = json::Value::object();
  for (int i = 0; i < 1000; ++i) {
    const auto name = "field-" + std::to_string(i);
    before.set(name, 1);
    after.set(name, 2);
    labels.set(name, std::string(63, 'x'));
  }
  after.set("metadata", json::Value::object().set("labels", std::move(labels)));
  auto request = change("", "", "configmaps");
  request.old_object = std::move(before);
  request.object = std::move(after);
  request.user.groups.assign(1000, std::string(100, 'g'));
  const auto facts = facts_of({effects::Table::shipped(), request}, nullptr);
  EXPECT_TRUE(facts.groups_cut && facts.labels_cut && facts.changed_cut);
  EXPECT_LT(json::write(write_facts(facts)).size(), 64u << 10);
}

TEST(Facts, ThatWereCutTellNothingThatHangsOnThem) {
  const PolicyIndex index({policy("p", {on(rule({"UPDATE"}, "apps", {"deployments"}), {}, {"spec.paused"})})});
  const auto request = change(R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})", "deployments.apps");
  auto facts = facts_of({effects::Table::shipped(), request}, nullptr);
  ASSERT_TRUE(match_again(index, request, "deployer", facts));
  facts.changed_cut = true;
  EXPECT_FALSE(match_again(index, request, "deployer", facts));
  facts.changed.push_back(*test::path("spec.paused").as_path());
  EXPECT_TRUE(match_again(index, request, "deployer", facts));
  facts.labels_cut = true;
  EXPECT_FALSE(match_again(index, request, "deployer", facts));
}

// kubectl's list gains a field that the write leaves alone: a later apply without it takes it away.
TEST(Facts, TellThatPlacesKeepTheirValues) {
  const auto with = [](const std::string& listed, bool paused) {
    auto annotations = json::Value::object();
    annotations.set("kubectl.kubernetes.io/last-applied-configuration", listed);
    auto object = json::Value::object();
    object.set("metadata", json::Value::object().set("annotations", std::move(annotations)));
    return object.set("spec", json::Value::object().set("paused", paused));
  };
  auto request = change("", "", "deployments.apps");
  request.old_object = with(R"({"spec":{}})", true);
  request.object = with(R"({"spec":{"paused":true}})", true);
  const auto facts = facts_of({effects::Table::shipped(), request}, nullptr);
  EXPECT_TRUE(facts.moved);
  EXPECT_TRUE(read_facts(write_facts(facts)).moved);
  EXPECT_EQ(to_string(facts.changed.at(0)), "spec.paused");
  request.object = with(R"({"spec":{}})", false);
  EXPECT_FALSE(facts_of({effects::Table::shipped(), request}, nullptr).moved);
  EXPECT_THAT(json::write(write_facts(facts_of({effects::Table::shipped(), request}, nullptr))),
              Not(HasSubstr("moved")));
}

// Replay has the log alone, which tells what the installation had added for this write and its object.
TEST(Facts, LeadToTheMatchByWhatAnInstallationHasAdded) {
  const auto added = effects::Table::with({{"example.com", "widgets", {{"spec.run", {model::Effect::runs_code}}}}});
  ASSERT_TRUE(added) << added.error().message();
  const auto& table = *added;
  const PolicyIndex later({policy("p", {on(model::Preset::pod_promotion)})});
  const auto run = change(R"({"spec":{"run":"a"}})", R"({"spec":{"run":"b"}})", "widgets.example.com");
  auto found = match_again(later, run, "deployer", read_facts(write_facts(facts_of({table, run}, nullptr))));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->enforce.size(), 1u);
  const auto shipped = facts_of({effects::Table::shipped(), run}, nullptr);
  EXPECT_THAT(json::write(write_facts(shipped)), Not(HasSubstr("may_have")));
  EXPECT_TRUE(match_again(later, run, "deployer", shipped)->none());

  // A label that a selector reads, of a kind of which writes may run code.
  auto action = on(model::Preset::pod_promotion);
  action.object_selector.requirements = {{"tier", model::LabelRequirement::Operator::in, {"web"}}};
  const PolicyIndex selecting({policy("p", {action})});
  const auto moved = change(R"({"metadata":{"labels":{"tier":"web"}}})", R"({"metadata":{"labels":{"tier":"db"}}})",
                            "widgets.example.com");
  found = match_again(selecting, moved, "deployer", read_facts(write_facts(facts_of({table, moved}, nullptr))));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->enforce.size(), 1u);
}

TEST(Facts, OfAVersionBeforeEffectsBoundTheMatch) {
  using model::Preset;
  const auto request = change(R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})", "deployments.apps");
  auto facts = facts_of({effects::Table::shipped(), request}, nullptr);
  const auto bounds = [&](const model::PolicyAction& action) {
    const PolicyIndex index({policy("p", {action})});
    const auto found = match_bounds(index, request, "deployer", facts);
    return found ? std::pair(!found->certain.none(), !found->possible.none()) : std::pair(true, false);
  };
  const auto by_effect = model::PolicyAction{.effects = {model::Effect::runs_code}};
  const std::pair yes(true, true), no(false, false), unknown(false, true), untold(true, false);
  EXPECT_EQ(bounds(on(Preset::pod_promotion)), yes);
  EXPECT_EQ(bounds(on(Preset::deletion)), no);
  EXPECT_EQ(bounds(by_effect), yes);
  facts.effects.reset();
  facts.presets = {Preset::pod_promotion};
  EXPECT_EQ(bounds(on(Preset::pod_promotion)), yes);
  EXPECT_EQ(bounds(on(Preset::deletion)), unknown);
  EXPECT_EQ(bounds({.effects = {model::Effect::serving}}), no) << "no update of a Deployment does that";
  EXPECT_EQ(bounds(by_effect), unknown);
  facts.changed_cut = true;
  EXPECT_EQ(bounds(on(rule({"UPDATE"}, "apps", {"deployments"}), {}, {"spec.replicas"})), yes);
  EXPECT_EQ(bounds(on(rule({"UPDATE"}, "apps", {"deployments"}), {}, {"spec.paused"})), unknown);
  facts.labels_cut = true;
  EXPECT_EQ(bounds(on(Preset::pod_promotion)), untold);
}

TEST(Facts, WithAPlaceThatIsNoneAreCut) {
  const auto facts = read_facts(test::parsed(R"({"version":"v1","changed":["a[","spec.containers[*].image"]})"));
  EXPECT_TRUE(facts.changed_cut);
  EXPECT_TRUE(facts.changed.empty());
}

}  // namespace
}  // namespace sallyport::policy
