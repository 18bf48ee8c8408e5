#include "policy/basis.hpp"

#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

constexpr const char* kBlueMap = R"({"metadata":{"name":"x","labels":{"colour":"blue"}},"data":{"a":"b"}})";
const model::Agent kAgent = test::deployer();
const NamespaceFacts kProd{"prod", "u", {{"team", "shop"}}, false};

model::Policy policy(const std::string& name, const std::string& namespace_name = "prod") {
  model::Policy policy;
  policy.ref = {"ApprovalPolicy", namespace_name, name, "uid-" + name, 1};
  policy.spec.actions = {{.preset = model::Preset::everything}};
  return policy;
}

model::Policy for_colour(const std::string& colour) {
  auto only = policy("only-" + colour);
  only.spec.actions[0].object_selector.requirements = {{"colour", model::LabelRequirement::Operator::in, {colour}}};
  return only;
}

// A match by policy `p` alone, and whether it stands when these are the policies, and this is the namespace.
bool stands_with(std::vector<model::Policy> policies, const NamespaceFacts* ns = &kProd) {
  const PolicyIndex then({policy("p")});
  const auto basis = basis_of({then.effects(), test::create("configmaps", kBlueMap)}, kAgent, then, &kProd);
  return stands(basis, PolicyIndex(std::move(policies)), ns);
}

TEST(Basis, StandsWhateverBecomesOfWhatDoesNotConcernTheCall) {
  EXPECT_TRUE(stands_with({policy("p")}));
  EXPECT_TRUE(stands_with({policy("p"), policy("elsewhere", "test")}));
  EXPECT_TRUE(stands_with({policy("p"), for_colour("red")}));
  auto of_others = policy("of-others");
  of_others.spec.subjects = {{model::Subject::Kind::agent, "other", ""}};
  EXPECT_TRUE(stands_with({policy("p"), of_others}));
  const PolicyIndex none({});
  const auto basis = basis_of({none.effects(), test::create("configmaps", kBlueMap)}, kAgent, none, &kProd);
  EXPECT_TRUE(stands(basis, PolicyIndex({of_others}), &kProd)) << "the first policy of the namespace";
}

TEST(Basis, FallsWithEveryPolicyThatMayMatchTheCall) {
  EXPECT_FALSE(stands_with({}));
  EXPECT_FALSE(stands_with({policy("p"), policy("q")}));
  EXPECT_FALSE(stands_with({policy("p"), for_colour("blue")}));
  auto edited = policy("p");
  edited.ref.generation = 2;
  EXPECT_FALSE(stands_with({edited}));
  auto made_anew = policy("p");
  made_anew.ref.uid = "another";
  EXPECT_FALSE(stands_with({made_anew}));
  auto broken = policy("q");
  broken.faults = {"why"};
  EXPECT_FALSE(stands_with({policy("p"), broken}));
}

TEST(Basis, FallsWithWhatItsNamespaceIsMatchedBy) {
  const NamespaceFacts same = kProd;
  const NamespaceFacts another{"prod", "another", {{"team", "shop"}}, false};
  const NamespaceFacts moved{"prod", "u", {{"team", "bank"}}, false};
  const NamespaceFacts going{"prod", "u", {{"team", "shop"}}, true};
  EXPECT_TRUE(stands_with({policy("p")}, &same));
  for (const auto* other : {&another, &moved, &going}) EXPECT_FALSE(stands_with({policy("p")}, other));
  EXPECT_FALSE(stands_with({policy("p")}, nullptr));
}

// The guard lets a namespace be deleted only while it holds no policy: that must not change behind the approval.
TEST(Basis, FallsWhenTheNamespaceThatIsToGoGetsAPolicy) {
  auto for_all = policy("p", "");
  for_all.ref.kind = "ClusterApprovalPolicy";
  auto removal = test::remove("namespaces");
  const PolicyIndex then({for_all});
  const auto basis = basis_of({then.effects(), removal}, kAgent, then, &kProd);
  EXPECT_TRUE(stands(basis, PolicyIndex({for_all, policy("q", "test")}), &kProd));
  EXPECT_FALSE(stands(basis, PolicyIndex({for_all, policy("q")}), &kProd));
}

}  // namespace
}  // namespace sallyport::policy
