#include "policy/labels.hpp"

#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::policy {
namespace {

using test::where;
using Operator = model::LabelRequirement::Operator;

TEST(Selects, EachOperator) {
  struct Case {
    model::Selector selector;
    bool on_none, on_prod, on_dev;
  };
  const Case cases[] = {
      {{}, true, true, true},
      {where("env", "prod"), false, true, false},
      {where("env", Operator::in, {"dev", "prod"}), false, true, true},
      {where("env", Operator::not_in, {"prod"}), true, false, true},
      {where("env", Operator::exists), false, true, true},
      {where("env", Operator::does_not_exist), true, false, false},
      {where("en", "prod"), false, false, false},
      {where("env", Operator::in, {}), false, false, false},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(selects(each.selector, {}), each.on_none);
    EXPECT_EQ(selects(each.selector, {{"app", "x"}, {"env", "prod"}}), each.on_prod);
    EXPECT_EQ(selects(each.selector, {{"env", "dev"}}), each.on_dev);
  }
}

TEST(Selects, AllRequirementsMustHold) {
  auto selector = where("env", "prod");
  selector.requirements.push_back(where("app", "x").requirements[0]);
  EXPECT_TRUE(selects(selector, {{"app", "x"}, {"env", "prod"}}));
  EXPECT_FALSE(selects(selector, {{"env", "prod"}}));
}

struct Sides {
  Labels before;
  Labels after;
};

ReadDepth selected(model::Operation operation, std::string_view what, const model::Selector& selector,
                   const Sides& sides) {
  const auto request = test::request(operation, what);
  const auto agent = test::deployer();
  const model::SelectorFields fields{sides.after, sides.before, {}};
  return selects_object(selector, {request, agent, nullptr, &fields});
}

TEST(SelectsObject, BeforeOrAfterButOnlySidesThatExist) {
  using model::Operation;
  const Labels yes = {{"env", "prod"}};
  const auto is_prod = where("env", "prod");
  const auto not_prod = where("env", Operator::not_in, {"prod"});
  EXPECT_EQ(selected(Operation::update, "pods", is_prod, {yes, {}}), ReadDepth::whole);
  EXPECT_EQ(selected(Operation::update, "pods", is_prod, {{}, yes}), ReadDepth::whole);
  EXPECT_EQ(selected(Operation::update, "pods", is_prod, {{}, {}}), ReadDepth::envelope);
  EXPECT_EQ(selected(Operation::create, "pods", not_prod, {{}, yes}), ReadDepth::envelope);
  EXPECT_EQ(selected(Operation::del, "pods", not_prod, {yes, {}}), ReadDepth::envelope);
  EXPECT_EQ(selected(Operation::del, "pods", is_prod, {yes, {}}), ReadDepth::whole);
}

TEST(SelectsObject, LabelsThatAreNowhereCountAsPicked) {
  using model::Operation;
  const auto is_prod = where("env", "prod");
  for (const auto* what : {"deployments.apps/scale", "pods/eviction", "pods/binding", "serviceaccounts/token"}) {
    EXPECT_EQ(selected(Operation::create, what, is_prod, {}), ReadDepth::whole) << what;
  }
  EXPECT_EQ(selected(Operation::connect, "pods/exec", is_prod, {}), ReadDepth::whole);
  for (const auto* what : {"pods/status", "pods/resize", "pods/ephemeralcontainers", "namespaces/finalize",
                           "certificatesigningrequests.certificates.k8s.io/approval"}) {
    EXPECT_EQ(selected(Operation::update, what, is_prod, {}), ReadDepth::envelope) << what;
  }
}

TEST(SelectsObject, UnreadLabelsLeaveItOpen) {
  const auto request = test::update("pods", "{}", "{}");
  const auto agent = test::deployer();
  const Call call{request, agent, nullptr, nullptr};
  EXPECT_EQ(selects_object(where("env", "prod"), call), ReadDepth::labels);
  EXPECT_EQ(selects_object({}, call), ReadDepth::whole);
  EXPECT_EQ(relabels_object(where("env", "prod"), call), ReadDepth::labels);
  EXPECT_EQ(relabels_object({}, call), ReadDepth::envelope);
}

}  // namespace
}  // namespace sallyport::policy
