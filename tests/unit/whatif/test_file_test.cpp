#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.hpp"
#include "whatif/policies.hpp"
#include "whatif/run.hpp"

namespace sallyport::whatif {
namespace {

using testing::HasSubstr;

const Load kNoFiles = [](const std::string& file) -> Result<json::Value> {
  return fail(ErrorCode::not_found, file + ": no such file");
};

constexpr const char* kMap = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"shop"}})";

// A file of one test, with these further members.
std::string file_with(const std::string& members, const std::string& scene = "") {
  return R"({"agents":[{"name":"deployer","serviceAccounts":["agents/deployer"]}],)" + scene +
         R"("tests":[{"name":"t",)" + members + "}]}";
}

Result<TestFile> read(const std::string& text) {
  return read_tests(*json::parse(text), kNoFiles);
}

std::string fault(const std::string& text) {
  const auto file = read(text);
  return file ? "" : file.error().message();
}

model::Policy policy(const std::string& spec, const std::string& kind = "ApprovalPolicy") {
  const auto ns = kind == "ApprovalPolicy" ? R"(,"namespace":"shop")" : "";
  return *read_policy(*json::parse(
      R"({"apiVersion":"sallyport.dev/v1alpha1","kind":")" + kind + R"(","metadata":{"name":"p")" + ns +
      R"(},"spec":{)" + spec +
      R"(,"approval":{"requirements":[{"name":"owner","count":1,"approvers":[{"kind":"Group","name":"g"}]}]}}})"));
}

TestResult run_one(const std::string& text, model::Policy with) {
  const auto file = read(text);
  EXPECT_TRUE(file) << file.error().message();
  auto results = run_tests(*file, {std::move(with)});
  EXPECT_EQ(results.size(), 1u);
  return results.front();
}

// As the chart's values say them.
TEST(Tests, AreRuledOnByTheEffectsThatAnInstallationAdds) {
  const std::string added =
      R"("effects":[{"group":"example.com","resource":"widgets","fields":{"spec.run":["RunsCode"]}}],)";
  const auto promotion = policy(R"("enforcement":"Enforce","actions":[{"preset":"PodPromotion"}])");
  const auto of = [](const std::string& spec, const std::string& expect) {
    return R"("manifest":{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"shop"},"spec":)" +
           spec + R"(},"expect":)" + expect;
  };
  const std::string gated = R"({"gated":["p/owner"]})", free = R"("not gated")";
  EXPECT_TRUE(run_one(file_with(of(R"({"run":"a"})", gated), added), promotion).passed());
  EXPECT_TRUE(run_one(file_with(of(R"({"size":1})", free), added), promotion).passed());
  EXPECT_TRUE(run_one(file_with(of(R"({"run":"a"})", free)), promotion).passed());
  EXPECT_THAT(fault(file_with(of("{}", free), R"("effects":[{"group":"a.b"}],)")), HasSubstr("effects[0].resource"));
}

const std::string kEverything = R"("enforcement":"Enforce","actions":[{"preset":"Everything"}])";

TEST(Tests, AreRuledOnAsAdmissionWould) {
  const auto gated = run_one(file_with(std::string(R"("manifest":)") + kMap + R"(,"expect":{"gated":["p/owner"]})"),
                             policy(kEverything));
  EXPECT_TRUE(gated.passed()) << to_string(gated.got);
  const auto missed =
      run_one(file_with(std::string(R"("manifest":)") + kMap + R"(,"expect":"not gated")"), policy(kEverything));
  EXPECT_FALSE(missed.passed());
  EXPECT_EQ(to_string(missed.expected), "not gated");
  EXPECT_EQ(to_string(missed.got), "gated by p/owner");
}

TEST(Tests, WarnAndAuditAreOutcomesOfTheirOwn) {
  const auto text = file_with(std::string(R"("manifest":)") + kMap + R"(,"expect":{"warned":["cluster/p"]})");
  const auto result =
      run_one(text, policy(R"("enforcement":"Warn","actions":[{"preset":"Everything"}])", "ClusterApprovalPolicy"));
  EXPECT_TRUE(result.passed()) << to_string(result.got);
  EXPECT_EQ(to_string(result.got), "not gated, warned by cluster/p");
}

TEST(Tests, AWriteThatChangesNothingIsNobodys) {
  const auto again = [](std::string_view map, std::string_view expect) {
    return file_with(std::string(R"("was":)").append(map).append(R"(,"manifest":)").append(map) + R"(,"expect":)" +
                     std::string(expect));
  };
  for (const auto* mode : {"Enforce", "Warn", "Audit"}) {
    const auto asks = R"("enforcement":")" + std::string(mode) + R"(","actions":[{"preset":"Everything"}])";
    const auto result = run_one(again(kMap, R"("not gated")"), policy(asks));
    EXPECT_TRUE(result.passed()) << to_string(result.got);
  }
}

TEST(Tests, APolicyThatCanNotWorkRefuses) {
  const auto text = file_with(std::string(R"("manifest":)") + kMap + R"(,"expect":{"refused":"PolicyBroken"})");
  const auto result = run_one(text, policy(R"("enforcement":"Enforce","actions":[{"preset":"Sorcery"}])"));
  EXPECT_TRUE(result.passed()) << to_string(result.got);
  EXPECT_THAT(result.why, HasSubstr("ApprovalPolicy p cannot work: "));
}

TEST(Tests, TheGuardIsPartOfIt) {
  const auto text = file_with(
      R"("manifest":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"other"},"spec":{"serviceAccountName":"admin"}},"expect":{"refused":"Guarded"})");
  EXPECT_TRUE(run_one(text, policy(kEverything)).passed());
  const auto pass = file_with(
      R"("manifest":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"other"},"spec":{"serviceAccountName":"admin"}},"expect":"not gated")",
      R"("guard":"Audit",)");
  EXPECT_TRUE(run_one(pass, policy(kEverything)).passed());
}

TEST(Tests, NamespacesThatGoAwayRefuse) {
  const auto text = file_with(std::string(R"("manifest":)") + kMap + R"(,"expect":{"refused":"NamespaceTerminating"})",
                              R"("namespaces":[{"name":"shop","terminating":true}],)");
  EXPECT_TRUE(run_one(text, policy(kEverything)).passed());
}

TEST(ReadTests, SaysWhereAndWhat) {
  const std::string manifest = std::string(R"("manifest":)") + kMap;
  EXPECT_EQ(fault(file_with(manifest)),
            "tests[0].expect: is missing: gated, refused, warned, audited, or \"not gated\"");
  EXPECT_EQ(fault(file_with(manifest + R"(,"expect":"gated")")),
            "tests[0].expect: must be \"not gated\", or an object");
  EXPECT_EQ(fault(file_with(manifest + R"(,"expect":{})")), "tests[0].expect: is empty: write \"not gated\"");
  EXPECT_EQ(fault(file_with(manifest + R"(,"expect":{"refused":"No"})")),
            "tests[0].expect.refused: must be Guarded, PolicyBroken or NamespaceTerminating");
  EXPECT_EQ(
      fault(file_with(manifest + R"(,"expects":"not gated")")),
      "tests[0].expects: is not known to this version; known here: name, agent, user, groups, review, manifest, was, "
      "operation, resource, namespace, objectName, expect. "
      "tests[0].expect: is missing: gated, refused, warned, audited, or \"not gated\"");
  EXPECT_EQ(fault(file_with(R"("expect":"not gated")")),
            "tests[0].review: or manifest must say what is done, and not both");
  EXPECT_EQ(fault(file_with(R"("manifest":"gone.yaml","expect":"not gated")")),
            "tests[0].manifest: gone.yaml: no such file");
  EXPECT_EQ(fault(R"({"tests":[]})"),
            "agents: is missing: who the agents are, as in the chart's values. tests: is missing");
  EXPECT_THAT(fault("[]"), HasSubstr(": must be an object"));
}

// A slip in a name would make each "not gated" true.
TEST(ReadTests, OnlyAgentsAreTested) {
  const std::string rest = std::string(R"(,"manifest":)") + kMap + R"(,"expect":"not gated")";
  EXPECT_EQ(fault(file_with(R"("agent":"deplyer")" + rest)), "tests[0].agent: is none of the agents above");
  EXPECT_EQ(fault(file_with(R"("user":"alice")" + rest)),
            "tests[0].user: \"alice\" is none of the agents: only agents are gated");
}

}  // namespace
}  // namespace sallyport::whatif
