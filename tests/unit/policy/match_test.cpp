#include "policy/match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/facts.hpp"
#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using model::Policy;
using test::create;
using test::on;
using test::policy;
using test::remove;
using test::rule;
using test::update;
using test::where;
using testing::ElementsAre;
using testing::IsEmpty;
using Operator = model::LabelRequirement::Operator;

const auto kDeployments = rule({"UPDATE"}, "apps", {"deployments"});
constexpr std::string_view kImage = "spec.template.spec.containers[*].image";

// Which of the policies the action falls under, by name, and the whole Match for who wants more.
struct Matched {
  std::unique_ptr<PolicyIndex> index;
  Match match;

  static std::vector<std::string> names(const std::vector<const Policy*>& list) {
    std::vector<std::string> names;
    for (const auto* each : list) names.push_back(each->ref.name);
    return names;
  }
  [[nodiscard]] std::vector<std::string> enforce() const { return names(match.enforce); }
};

// What the log keeps of the call leads to the same match.
void expect_same_again(const Matched& first, const model::AdmissionRequest& request, const NamespaceFacts* ns) {
  const auto written = json::write(write_facts(facts_of({effects::Table::shipped(), request}, ns)));
  model::Envelope envelope = request;
  envelope.user.groups.clear();
  envelope.resource.version.clear();
  const auto again = match_again(*first.index, envelope, test::deployer().name, read_facts(test::parsed(written)));
  ASSERT_TRUE(again) << written;
  EXPECT_EQ(again->enforce, first.match.enforce) << written;
  EXPECT_EQ(again->warn, first.match.warn) << written;
  EXPECT_EQ(again->audit, first.match.audit) << written;
  EXPECT_EQ(again->invalid, first.match.invalid) << written;
  EXPECT_EQ(again->changed_fields, first.match.changed_fields) << written;
}

Matched matched(std::vector<Policy> policies, const model::AdmissionRequest& request,
                const NamespaceFacts& ns = test::prod()) {
  Matched matched{std::make_unique<PolicyIndex>(std::move(policies)), {}};
  const auto agent = test::deployer();
  const auto fields = selector_fields_of(request);
  const auto* facts = request.namespace_name.empty() ? nullptr : &ns;
  matched.match = match(matched.index->candidates({matched.index->effects(), request}, agent, facts, &fields),
                        {matched.index->effects(), request}, agent, facts);
  expect_same_again(matched, request, facts);
  return matched;
}

bool matches(const Policy& policy, const model::AdmissionRequest& request, const NamespaceFacts& ns = test::prod()) {
  return !matched({policy}, request, ns).match.none();
}

std::string images(std::string_view first, std::string_view second, std::string_view more = "") {
  return R"({"spec":{"template":{"spec":{"containers":[{"name":"a","image":")" + std::string(first) +
         R"("},{"name":"b","image":")" + std::string(second) + R"("}]}})" + std::string(more) + "}}";
}

TEST(ChangedFields, AnyOfThemDiffers) {
  const auto by_image = policy("p", {on(kDeployments, {}, {kImage, "spec.paused"})});
  const auto before = images("x:1", "y:1");
  EXPECT_TRUE(matches(by_image, update("deployments.apps", before, images("x:1", "y:2"))));
  EXPECT_TRUE(matches(by_image, update("deployments.apps", before, images("x:1", "y:1", R"(,"paused":true)"))));
  EXPECT_FALSE(matches(by_image, update("deployments.apps", before, images("x:1", "y:1", R"(,"replicas":3)"))));
  EXPECT_FALSE(matches(by_image, update("deployments.apps", before, before)));
}

TEST(ChangedFields, AContainerThatComesOrGoesHoldsAnImage) {
  const auto by_image = policy("p", {on(kDeployments, {}, {kImage})});
  const std::string one = R"({"spec":{"template":{"spec":{"containers":[{"name":"a","image":"x:1"}]}}}})";
  EXPECT_TRUE(matches(by_image, update("deployments.apps", one, images("x:1", "y:1"))));
  EXPECT_TRUE(matches(by_image, update("deployments.apps", images("x:1", "y:1"), one)));
  EXPECT_TRUE(matches(by_image, update("deployments.apps", "", one)));
}

TEST(ChangedFields, ANameThatMovesTakesItsImageAlong) {
  const auto by_image = policy("p", {on(kDeployments, {}, {kImage})});
  const auto before = images("x:1", "y:1");
  const auto named = [](std::string_view first, std::string_view second, std::string_view more = "") {
    return R"({"spec":{"template":{"spec":{"containers":[{"name":")" + std::string(first) +
           R"(","image":"x:1"},{"name":")" + std::string(second) + R"(","image":"y:1")" + std::string(more) + "}]}}}}";
  };
  ASSERT_FALSE(matches(by_image, update("deployments.apps", before, named("a", "b"))));
  EXPECT_TRUE(matches(by_image, update("deployments.apps", before, named("b", "a"))));
  EXPECT_TRUE(matches(by_image, update("deployments.apps", before, named("a", "c"))));
  // Beside, but not by what an element is known.
  EXPECT_FALSE(matches(by_image, update("deployments.apps", before, named("a", "b", R"(,"workingDir":"/")"))));
  EXPECT_FALSE(matches(by_image, update("deployments.apps", before, named("a", "b", R"(,"env":[{"name":"z"}])"))));
}

TEST(ChangedFields, HoldForTheVersionsThatTheRuleNames) {
  const auto by_image = policy("p", {on(rule({"UPDATE"}, "apps", {"deployments"}, {"v1"}), {}, {kImage})});
  auto request = update("deployments.apps", images("x", "y"), images("x", "y", R"(,"replicas":3)"));
  EXPECT_FALSE(matches(by_image, request));
  request.resource.version = "v1beta2";
  EXPECT_TRUE(matches(by_image, request));
  EXPECT_FALSE(matched({by_image}, request).match.changed_fields);
}

TEST(ChangedFields, SayNothingAboutCreateAndDelete) {
  const auto any = policy("p", {on(rule({"*"}, "apps", {"deployments"}), {}, {kImage})});
  EXPECT_TRUE(matches(any, create("deployments.apps", "{}")));
  EXPECT_TRUE(matches(any, remove("deployments.apps", "{}")));
}

TEST(ChangedFields, SayNothingAboutAPartWithAKindOfItsOwn) {
  const auto both = policy("p", {on(rule({"UPDATE"}, "apps", {"deployments", "deployments/scale"}), {}, {kImage})});
  const auto scale = update("deployments.apps/scale", R"({"spec":{"replicas":1}})", R"({"spec":{"replicas":2}})");
  EXPECT_TRUE(matches(both, scale));
  EXPECT_FALSE(matches(policy("p", {on(kDeployments, {}, {kImage})}), scale));
}

TEST(ChangedFields, AreKnownToTheMatchOnlyIfAllEnforceAlike) {
  const auto request = update("deployments.apps", images("x", "y"), images("z", "y", R"(,"paused":true)"));
  const auto image = policy("image", {on(kDeployments, {}, {kImage})});
  const auto paused = policy("paused", {on(kDeployments, {}, {"spec.paused"})});
  const auto replicas = policy("replicas", {on(kDeployments, {}, {"spec.replicas"})});
  const auto all = policy("whole", {on(kDeployments)});
  const auto two = matched({image, paused, replicas}, request);
  EXPECT_THAT(two.enforce(), ElementsAre("image", "paused"));
  ASSERT_TRUE(two.match.changed_fields);
  EXPECT_THAT(*two.match.changed_fields, ElementsAre(test::path(kImage), test::path("spec.paused")));
  EXPECT_FALSE(matched({image, all}, request).match.changed_fields);

  auto warns = all;
  warns.spec.enforcement = model::Enforcement::warn;
  EXPECT_TRUE(matched({image, warns}, request).match.changed_fields);
  EXPECT_FALSE(matched({warns}, request).match.changed_fields);
}

TEST(ObjectSelector, BeforeOrAfterTheWrite) {
  const auto selected = policy("p", {on(kDeployments, where("env", "prod"))});
  const std::string with = R"({"metadata":{"labels":{"env":"prod"}}})";
  const std::string other = R"({"metadata":{"labels":{"env":"dev"}}})";
  EXPECT_TRUE(matches(selected, update("deployments.apps", with, with)));
  EXPECT_TRUE(matches(selected, update("deployments.apps", with, other)));
  EXPECT_TRUE(matches(selected, update("deployments.apps", other, with)));
  EXPECT_FALSE(matches(selected, update("deployments.apps", other, "{}")));
}

TEST(ObjectSelector, TakingALabelOffIsGatedWhateverElseTheRuleAsks) {
  const std::string with = R"({"metadata":{"labels":{"env":"prod"}}})";
  const auto flip = update("deployments.apps", with, "{}");
  const auto by_field = policy("p", {on(kDeployments, where("env", "prod"), {"spec.paused"})});
  EXPECT_TRUE(matches(by_field, flip));
  EXPECT_FALSE(matched({by_field}, flip).match.changed_fields);
  EXPECT_TRUE(matches(policy("p", {on(rule({"DELETE"}, "apps", {"deployments"}), where("env", "prod"))}), flip));
  EXPECT_TRUE(matches(
      policy("p", {on(rule({"DELETE"}, "apps", {"deployments"}), where("env", Operator::does_not_exist))}), flip));
  EXPECT_TRUE(matches(policy("p", {on(model::Preset::pod_promotion, where("env", "prod"))}), flip));
  // Look-alikes: no flip, another resource, a label that nobody selects on.
  EXPECT_FALSE(matches(by_field, update("deployments.apps", with, with)));
  EXPECT_FALSE(matches(policy("p", {on(rule({"DELETE"}, "apps", {"daemonsets"}), where("env", "prod"))}), flip));
  EXPECT_FALSE(matches(policy("p", {on(rule({"DELETE"}, "apps", {"deployments"}), where("app", "x"))}), flip));
}

TEST(ObjectSelector, TakingALabelOffThroughAPartOfTheObjectIsGatedToo) {
  const std::string with = R"({"metadata":{"labels":{"env":"prod"}}})";
  const auto pods = policy("p", {on(rule({"UPDATE"}, "", {"pods"}), where("env", "prod"))});
  EXPECT_TRUE(matches(pods, update("pods/status", with, "{}")));
  EXPECT_FALSE(matches(pods, update("pods/status", with, with)));
  EXPECT_FALSE(matches(policy("p", {on(rule({"UPDATE"}, "", {"pods"}))}), update("pods/status", with, "{}")));
}

TEST(Scope, NamespacedPoliciesHoldInTheirNamespace) {
  const auto here = policy("p", {on(rule({"*"}, "*", {"*/*"}))}, "prod");
  EXPECT_TRUE(matches(here, create("configmaps")));
  EXPECT_FALSE(matches(here, create("configmaps", "{}", "dev"), {"dev", "", {}, false}));
  EXPECT_FALSE(matches(here, create("nodes", "{}", "")));
  auto ns = remove("namespaces", "{}", "prod");
  EXPECT_TRUE(matches(here, ns));
}

TEST(Scope, ClusterPoliciesSelectNamespaces) {
  auto selected = policy("p", {on(rule({"*"}, "", {"configmaps", "nodes", "namespaces"}))});
  selected.spec.namespace_selector = where("team", "pay");
  EXPECT_TRUE(matches(selected, create("configmaps"), test::prod({{"team", "pay"}})));
  EXPECT_FALSE(matches(selected, create("configmaps"), test::prod({{"team", "web"}})));
  EXPECT_TRUE(matches(selected, create("nodes", "{}", "")));
  const std::string with = R"({"metadata":{"labels":{"team":"pay"}}})";
  EXPECT_TRUE(matches(selected, create("namespaces", with)));
  EXPECT_TRUE(matches(selected, remove("namespaces", with)));
  EXPECT_FALSE(matches(selected, create("namespaces", "{}")));
}

TEST(Scope, AnUnknownNamespaceIsInEveryScope) {
  auto selected = policy("p", {on(rule({"*"}, "", {"configmaps"}))});
  selected.spec.namespace_selector = where("team", "pay");
  const PolicyIndex index({selected});
  const auto request = create("configmaps");
  const auto agent = test::deployer();
  EXPECT_EQ(match(index.candidates({index.effects(), request}, agent, nullptr, nullptr), {index.effects(), request},
                  agent, nullptr)
                .enforce.size(),
            1u);
}

TEST(Scope, MovingANamespaceOutIsGatedWhateverTheRules) {
  auto selected = policy("p", {on(rule({"DELETE"}, "", {"configmaps"}))});
  selected.spec.namespace_selector = where("team", "pay");
  selected.spec.except = {rule({"*"}, "*", {"*/*"})};
  const std::string with = R"({"metadata":{"labels":{"team":"pay"}}})";
  EXPECT_TRUE(matches(selected, update("namespaces", with, "{}")));
  EXPECT_TRUE(matches(selected, update("namespaces", "{}", with)));
  EXPECT_TRUE(matches(selected, update("namespaces/finalize", with, "{}")));
  EXPECT_FALSE(matches(selected, update("namespaces", with, R"({"metadata":{"labels":{"team":"pay","a":"b"}}})")));
  EXPECT_FALSE(matches(selected, remove("namespaces", with)));
  selected.spec.subjects = {{model::Subject::Kind::agent, "somebody-else", ""}};
  EXPECT_FALSE(matches(selected, update("namespaces", with, "{}")));
}

TEST(Subjects, EachKind) {
  using Kind = model::Subject::Kind;
  struct Case {
    model::Subject subject;
    bool matched;
  };
  const Case cases[] = {
      {{Kind::agent, "deployer", ""}, true},
      {{Kind::agent, "other", ""}, false},
      {{Kind::user, "system:serviceaccount:agents:deployer", ""}, true},
      {{Kind::user, "deployer", ""}, false},
      {{Kind::group, "system:serviceaccounts:agents", ""}, true},
      {{Kind::group, "agents", ""}, false},
      {{Kind::service_account, "deployer", "agents"}, true},
      {{Kind::service_account, "deployer", "prod"}, false},
      {{Kind::service_account, "other", "agents"}, false},
  };
  for (const auto& each : cases) {
    auto for_some = policy("p", {on(rule({"*"}, "", {"configmaps"}))});
    for_some.spec.subjects = {each.subject};
    EXPECT_EQ(matches(for_some, create("configmaps")), each.matched) << each.subject.name;
  }
}

TEST(Except, LeavesAloneOnlyWhatItNames) {
  auto all = policy("p", {on(rule({"*"}, "*", {"*"}))});
  all.spec.except = {rule({"CREATE"}, "", {"configmaps"}, {"v1"})};
  EXPECT_FALSE(matches(all, create("configmaps")));
  EXPECT_TRUE(matches(all, remove("configmaps")));
  EXPECT_TRUE(matches(all, create("secrets")));
  auto other_version = create("configmaps");
  other_version.resource.version = "v2";
  EXPECT_TRUE(matches(all, other_version));
}

TEST(Enforcement, EachInItsListInTheOrderOfNames) {
  auto action = on(rule({"*"}, "", {"configmaps"}));
  std::vector<Policy> policies = {policy("c", {action}), policy("a", {action}), policy("w", {action}),
                                  policy("u", {action}), policy("n", {action}, "prod")};
  policies[2].spec.enforcement = model::Enforcement::warn;
  policies[3].spec.enforcement = model::Enforcement::audit;
  const auto all = matched(policies, create("configmaps"));
  EXPECT_THAT(all.enforce(), ElementsAre("n", "a", "c"));
  EXPECT_THAT(Matched::names(all.match.warn), ElementsAre("w"));
  EXPECT_THAT(Matched::names(all.match.audit), ElementsAre("u"));
  EXPECT_THAT(all.match.invalid, IsEmpty());
}

TEST(Broken, RefusesWhateverIsInItsScope) {
  auto broken = policy("p", {}, "prod");
  broken.faults = {"spec.actions[0].preset: \"Deletion\" is not known"};
  broken.spec.subjects = {{model::Subject::Kind::agent, "somebody-else", ""}};
  broken.spec.enforcement = model::Enforcement::audit;
  const auto here = matched({broken}, create("configmaps"));
  EXPECT_THAT(Matched::names(here.match.invalid), ElementsAre("p"));
  EXPECT_THAT(here.match.audit, IsEmpty());
  EXPECT_FALSE(matches(broken, create("configmaps", "{}", "dev"), {"dev", "", {}, false}));

  auto cluster = policy("p", {});
  cluster.faults = {"no"};
  cluster.spec.namespace_selector = where("team", "pay");
  EXPECT_TRUE(matches(cluster, test::connect("pods/exec"), test::prod({{"team", "pay"}})));
  EXPECT_FALSE(matches(cluster, create("configmaps"), test::prod({{"team", "web"}})));
  EXPECT_TRUE(matches(cluster, create("nodes", "{}", "")));
}

TEST(OnlyLosesFinalizers, AndNothingElse) {
  const auto* before = R"({"metadata":{"name":"x","resourceVersion":"1","finalizers":["a","b"]},"data":{"k":"v"}})";
  const auto loses = [before](const char* after) { return only_loses_finalizers(update("configmaps", before, after)); };
  EXPECT_TRUE(loses(R"({"metadata":{"name":"x","resourceVersion":"2","finalizers":["b"]},"data":{"k":"v"}})"));
  EXPECT_TRUE(loses(R"({"metadata":{"name":"x","resourceVersion":"2"},"data":{"k":"v"}})"));
  EXPECT_FALSE(loses(before));
  EXPECT_FALSE(loses(R"({"metadata":{"name":"x","finalizers":["c"]},"data":{"k":"v"}})"));
  EXPECT_FALSE(loses(R"({"metadata":{"name":"x","finalizers":["a"]},"data":{"k":"w"}})"));
  EXPECT_FALSE(loses(R"({"metadata":{"name":"x","finalizers":["a"],"labels":{"l":"m"}},"data":{"k":"v"}})"));
  EXPECT_FALSE(only_loses_finalizers(create("configmaps", before)));
}

TEST(ChangesNothing, OnlyBookkeeping) {
  const std::string before =
      R"({"metadata":{"name":"x","resourceVersion":"1","managedFields":[{"time":"a"}]},"spec":{}})";
  const std::string after =
      R"({"metadata":{"name":"x","resourceVersion":"2","managedFields":[{"time":"b"},{}]},"spec":{}})";
  EXPECT_TRUE(changes_nothing(update("configmaps", before, after)));
  EXPECT_TRUE(changes_nothing(update("configmaps", before, before)));
  EXPECT_FALSE(changes_nothing(update("secrets", before, before)));
  EXPECT_TRUE(changes_nothing(update("secrets.example.com", before, before)));
  EXPECT_FALSE(changes_nothing(update("configmaps", before, R"({"metadata":{"name":"x"},"spec":{"a":1}})")));
  EXPECT_FALSE(changes_nothing(update("configmaps", before, R"({"spec":{}})")));
  EXPECT_FALSE(
      changes_nothing(update("configmaps", R"({"metadata":{"generation":1}})", R"({"metadata":{"generation":2}})")));
  EXPECT_FALSE(changes_nothing(update("configmaps", "", "")));
  EXPECT_FALSE(changes_nothing(create("configmaps", before)));
  EXPECT_FALSE(changes_nothing(remove("configmaps", before)));
}

}  // namespace
}  // namespace sallyport::policy
