#include "cli/policy_lint_view.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::cli {
namespace {

const std::vector<LintedFile> kFiles = {
    {.name = "a.yaml", .error = "a.yaml: line 3, column 2: end of map\x1b[31m not found", .policies = {}},
    {.name = "b.yaml", .error = "", .policies = {{"ApprovalPolicy", "p", {"spec.x: is wrong"}, {"spec.y is old."}}}},
    {.name = "c.yaml", .error = "", .policies = {}}};

TEST(PolicyLintView, NamesTheFileThePolicyAndWhatIsWrong) {
  EXPECT_EQ(policy_lint_view(kFiles, Page{}),
            "  error    a.yaml: line 3, column 2: end of map\\u001b[31m not found\n"
            "b.yaml: ApprovalPolicy p\n"
            "  error    spec.x: is wrong\n"
            "  warning  spec.y is old.\n"
            "1 policy, 2 errors, 1 warning\n");
  EXPECT_EQ(count_errors(kFiles), 2u);
  EXPECT_TRUE(has_policies(kFiles));
  EXPECT_FALSE(has_policies({kFiles.back()}));
}

TEST(PolicyLintView, AsJsonForPrograms) {
  const auto report = json::parse(policy_lint_json(kFiles)).value();
  EXPECT_EQ(report["errors"].integer(), 2);
  EXPECT_EQ(report["warnings"].integer(), 1);
  ASSERT_EQ(report["files"].items().size(), 2u);
  EXPECT_EQ(report["files"].items()[1]["policies"].items()[0]["errors"].items()[0].text(), "spec.x: is wrong");
}

}  // namespace
}  // namespace sallyport::cli
