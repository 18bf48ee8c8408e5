#include "audit/replay/older_presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/policy/fixtures.hpp"

namespace sallyport::audit {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Doubt = OlderPresets::Doubt;

TEST(OlderPresets, AreKnownOfOneVersion) {
  EXPECT_NE(OlderPresets::of("0.1"), nullptr);
  for (const auto* other : {"", "0.2", "0.1.0", "1"}) EXPECT_EQ(OlderPresets::of(other), nullptr) << other;
}

TEST(OlderPresets, BecomeRulesAndKeepTheirSelector) {
  const auto presets = OlderPresets::read(
      "# a remark\n"
      "Exec\tCONNECT\tcore/pods/exec apps/*\t*\n"
      "Exec?\tUPDATE\t*/*/scale\tspec.replicas @pod.volumes @container.name\n");
  ASSERT_TRUE(presets) << presets.error().message();
  const auto before = policy::test::policy(
      "p", {policy::test::on(model::Preset::exec, policy::test::where("a", "b")),
            policy::test::on(policy::test::rule({"DELETE"}, "", {"pods"})), policy::test::on(model::Preset::traffic)});
  const auto certain = presets->applied_to({before}, Doubt::no)[0].spec.actions;
  const auto possible = presets->applied_to({before}, Doubt::yes)[0].spec.actions;
  ASSERT_THAT(certain, SizeIs(2));
  ASSERT_THAT(certain[0].rules, SizeIs(2));
  EXPECT_EQ(certain[0].rules[0].api_groups, std::vector<std::string>{""});
  EXPECT_EQ(certain[0].rules[0].resources, std::vector<std::string>{"pods/exec"});
  EXPECT_EQ(certain[0].rules[1].api_groups, std::vector<std::string>{"apps"});
  EXPECT_THAT(certain[0].changed_fields, IsEmpty());
  EXPECT_THAT(certain[0].object_selector.requirements, SizeIs(1));
  EXPECT_EQ(certain[1].rules[0].operations, std::vector<std::string>{"DELETE"});
  ASSERT_THAT(possible, SizeIs(3));
  EXPECT_EQ(possible[1].rules[0].resources, std::vector<std::string>{"*/scale"});
  EXPECT_THAT(possible[1].changed_fields, SizeIs(1 + 3 + 9));
}

TEST(OlderPresets, NameTheLineThatSaysNothing) {
  for (const auto* line : {"Exec\tCONNECT\tcore/pods/exec", "Exces\tCONNECT\tcore/pods\t*", "Exec\tTOUCH\tcore/pods\t*",
                           "Exec\tUPDATE\tpods\t*", "Exec\tUPDATE\tcore/pods\tspec..a", "Exec\tUPDATE\tcore/pods\t"}) {
    const auto presets = OlderPresets::read(line);
    ASSERT_FALSE(presets) << line;
    EXPECT_THAT(presets.error().message(), HasSubstr(line));
  }
}

}  // namespace
}  // namespace sallyport::audit
