#include "cli/policy_test_view.hpp"

#include <gtest/gtest.h>

#include "json/json.hpp"

namespace sallyport::cli {
namespace {

const std::vector<SuiteReport> kReports = {{.name = "policies/<prod>",
                                            .invalid = {"ApprovalPolicy q cannot work: spec.actions: is empty"},
                                            .results = {{.name = "a \"new\" image & more",
                                                         .expected = {.gated = {"p/owner"}},
                                                         .got = {.gated = {"p/owner"}},
                                                         .why = ""},
                                                        {.name = "a pod\x1b[2J",
                                                         .expected = {.gated = {"p/owner"}, .warned = {"cluster/w"}},
                                                         .got = {.refused = "Guarded"},
                                                         .why = "An agent may not."}}}};

TEST(PolicyTestView, SaysWhatWasExpectedAndWhatCame) {
  EXPECT_EQ(policy_test_view(kReports, {}),
            "policies/<prod>\n"
            "  FAIL  ApprovalPolicy q cannot work: spec.actions: is empty\n"
            "  ok    a \"new\" image & more\n"
            "  FAIL  a pod\\u001b[2J\n"
            "        expected: gated by p/owner, warned by cluster/w\n"
            "        got:      refused (Guarded): An agent may not.\n"
            "\n"
            "3 tests: 2 not as expected\n");
}

TEST(PolicyTestView, IsDataForPrograms) {
  const auto report = json::parse(policy_test_json(kReports));
  ASSERT_TRUE(report);
  EXPECT_EQ((*report)["tests"].integer(), 3);
  EXPECT_EQ((*report)["failures"].integer(), 2);
  const auto& suite = (*report)["suites"].items().front();
  EXPECT_EQ(suite["invalidPolicies"].items().size(), 1u);
  const auto& test = suite["tests"].items().back();
  EXPECT_FALSE(test["passed"].truth());
  EXPECT_EQ(test["expected"]["warned"].items().front().text(), "cluster/w");
  EXPECT_EQ(test["got"]["refused"].text(), "Guarded");
  EXPECT_EQ(test["why"].text(), "An agent may not.");
}

TEST(PolicyTestView, IsXmlForCi) {
  EXPECT_EQ(
      policy_test_junit(kReports),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"sallyport policy test\" tests=\"3\" failures=\"2\" errors=\"0\">\n"
      "  <testsuite name=\"policies/&lt;prod&gt;\" tests=\"3\" failures=\"2\" errors=\"0\">\n"
      "    <testcase classname=\"policies/&lt;prod&gt;\" name=\"policies can work\">\n"
      "      <failure message=\"ApprovalPolicy q cannot work: spec.actions: is empty\"/>\n"
      "    </testcase>\n"
      "    <testcase classname=\"policies/&lt;prod&gt;\" name=\"a &quot;new&quot; image &amp; more\"/>\n"
      "    <testcase classname=\"policies/&lt;prod&gt;\" name=\"a pod\\u001b[2J\">\n"
      "      <failure message=\"expected: gated by p/owner, warned by cluster/w; got: refused (Guarded): An agent may "
      "not.\"/>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

}  // namespace
}  // namespace sallyport::cli
