#include "effects/table.hpp"

#include <gtest/gtest.h>

namespace sallyport::effects {
namespace {

using model::Effect;
using model::Effects;
using model::Operation;
using model::Resource;

Place at(const Table& table, const Resource& resource, std::initializer_list<std::string_view> steps) {
  auto place = table.root_of(resource);
  for (const auto step : steps) place = place.inside(step);
  return place;
}

Effects told(const Table& table, const Resource& resource, std::initializer_list<std::string_view> steps) {
  const auto found = at(table, resource, steps).told();
  EXPECT_TRUE(found);
  return found ? found->effects() : Effects();
}

const Resource kPods{"", "v1", "pods", ""};
const Resource kDeployments{"apps", "v1", "deployments", ""};

TEST(Table, ALongerRowReplacesAShorterOne) {
  const auto table =
      Table::read("core/things spec RunsCode\ncore/things spec.a Deletes\ncore/things spec.b RunsCode\n", "").value();
  const Resource things{"", "v1", "things", ""};
  EXPECT_EQ(told(table, things, {"spec", "a"}), Effects{Effect::deletes});
  EXPECT_EQ(told(table, things, {"spec", "b"}), Effects{Effect::runs_code});
  EXPECT_FALSE(at(table, things, {"spec", "c"}).told()) << "nobody has looked at it";
  EXPECT_FALSE(at(table, things, {"status"}).told());
}

TEST(Table, OwnRowsComeBeforeThoseOfASubTableAndItsAddAlways) {
  const auto table = Table::read(
                         "@pod . RunsCode\n@pod image RunsCode\n@pod name -\n"
                         "core/things spec @pod+Connects\ncore/things spec.name Deletes\n",
                         "")
                         .value();
  const Resource things{"", "v1", "things", ""};
  EXPECT_EQ(told(table, things, {"spec", "image"}), (Effects{Effect::runs_code, Effect::connects}));
  EXPECT_EQ(told(table, things, {"spec", "name"}), Effects{Effect::deletes});
}

TEST(Table, ANamedKeyComesBeforeAnyKey) {
  const auto table = Table::read(
                         "* metadata.annotations.* -\ncore/things metadata.annotations.* RunsCode\n"
                         "* metadata.annotations['a.b/c'] -\n",
                         "")
                         .value();
  const Resource things{"", "v1", "things", ""};
  EXPECT_EQ(told(table, things, {"metadata", "annotations", "x"}), Effects{Effect::runs_code});
  EXPECT_EQ(told(table, things, {"metadata", "annotations", "a.b/c"}), Effects{});
}

TEST(Table, WhatIsOpenIsSoBelow) {
  const auto table = Table::read("core/things data RunsCode open\ncore/things data.inner Deletes\n", "").value();
  const Resource things{"", "v1", "things", ""};
  EXPECT_EQ(told(table, things, {"data", "any", "thing"}), Effects{Effect::runs_code});
  EXPECT_EQ(told(table, things, {"data", "inner"}), Effects{Effect::deletes});
  EXPECT_FALSE(at(table, things, {"data", "inner", "deeper"}).told());
}

TEST(Table, FaultsAreNamedByTheirLine) {
  for (const auto* text : {"core/things spec RunsCodes", "core/things spec Deletes?maybe", "core/things spec @nowhere",
                           "core/things spec..a RunsCode", "core/things spec"}) {
    EXPECT_FALSE(Table::read(text, "")) << text;
  }
  const auto error = Table::read("", "a.b/cs spec RunsCode\na.b/cs spec.x Runs\n");
  ASSERT_FALSE(error);
  EXPECT_NE(error.error().message().find("effects.custom:2"), std::string::npos) << error.error().message();
}

TEST(ShippedTable, IsRead) {
  const auto& table = Table::shipped();
  EXPECT_TRUE(table.is_built_in(kPods));
  EXPECT_FALSE(table.is_built_in({"argoproj.io", "v1alpha1", "applications", ""}));
  EXPECT_FALSE(table.is_built_in({"metrics.k8s.io", "v1beta1", "pods", ""}));
  EXPECT_TRUE(told(table, kDeployments, {"spec", "template", "spec", "containers", "image"}).has(Effect::runs_code));
  EXPECT_TRUE(told(table, {"argoproj.io", "v1alpha1", "applications", ""}, {"spec", "source"}).has(Effect::runs_code));
}

TEST(ShippedTable, WhatAWriteMayDoIsKnownFromItsEnvelope) {
  const auto& table = Table::shipped();
  const Resource config_maps{"", "v1", "configmaps", ""};
  EXPECT_FALSE(table.possible(config_maps, Operation::del).has(Effect::runs_code));
  EXPECT_TRUE(table.possible(config_maps, Operation::update).has(Effect::deletes));
  EXPECT_EQ(table.possible(config_maps, Operation::connect), Effects{});
  EXPECT_EQ(table.possible({"", "v1", "pods", "exec"}, Operation::connect), Effects{Effect::connects});
  EXPECT_EQ(table.possible({"apps", "v1", "tomorrows", ""}, Operation::create), Effects::all())
      << "newer than the table";
  EXPECT_EQ(table.possible({"", "v1", "pods", "tomorrow"}, Operation::create), Effects::all());
  EXPECT_EQ(table.possible({"example.com", "v1", "widgets", ""}, Operation::del), Effects{Effect::deletes});
  EXPECT_TRUE(table.possible({"example.com", "v1", "widgets", "scale"}, Operation::update).has(Effect::runs_code));
}

}  // namespace
}  // namespace sallyport::effects
