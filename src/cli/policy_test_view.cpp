#include "cli/policy_test_view.hpp"

#include <algorithm>

#include "cli/plain_data.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

using whatif::Outcome;
using whatif::TestResult;

std::size_t count_tests(const SuiteReport& report) {
  return report.invalid.size() + report.results.size();
}

std::size_t count_failures(const SuiteReport& report) {
  return report.invalid.size() + static_cast<std::size_t>(std::ranges::count_if(
                                     report.results, [](const auto& each) { return !each.passed(); }));
}

std::string got_words(const TestResult& result) {
  return to_string(result.got) + (result.why.empty() ? "" : ": " + result.why);
}

json::Value as_json(const std::vector<std::string>& names) {
  json::Value list = json::Value::array();
  for (const auto& name : names) list.push(name);
  return list;
}

json::Value as_json(const Outcome& outcome) {
  json::Value object = json::Value::object();
  if (!outcome.refused.empty()) object.set("refused", outcome.refused);
  object.set("gated", as_json(outcome.gated));
  object.set("warned", as_json(outcome.warned));
  object.set("audited", as_json(outcome.audited));
  return object;
}

json::Value as_json(const SuiteReport& report) {
  json::Value tests = json::Value::array();
  for (const auto& result : report.results) {
    json::Value test = json::Value::object();
    test.set("name", result.name).set("passed", result.passed());
    test.set("expected", as_json(result.expected)).set("got", as_json(result.got));
    if (!result.why.empty()) test.set("why", result.why);
    tests.push(std::move(test));
  }
  json::Value suite = json::Value::object();
  suite.set("name", report.name).set("invalidPolicies", as_json(report.invalid)).set("tests", std::move(tests));
  return suite;
}

// An attribute's value. What XML cannot hold has been escaped before.
std::string in_quotes(std::string_view text) {
  std::string value = "\"";
  for (const char c : safe(text)) {
    if (c == '&')
      value += "&amp;";
    else if (c == '<')
      value += "&lt;";
    else if (c == '>')
      value += "&gt;";
    else if (c == '"')
      value += "&quot;";
    else
      value += c;
  }
  return value + "\"";
}

std::string test_case(const SuiteReport& report, std::string_view name, const std::string& failure) {
  const std::string head = "    <testcase classname=" + in_quotes(report.name) + " name=" + in_quotes(name);
  if (failure.empty()) return head + "/>\n";
  return head + ">\n      <failure message=" + in_quotes(failure) + "/>\n    </testcase>\n";
}

std::string counts(std::size_t tests, std::size_t failures) {
  return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"0\"";
}

std::size_t count_all_tests(const std::vector<SuiteReport>& reports) {
  std::size_t tests = 0;
  for (const auto& report : reports) tests += count_tests(report);
  return tests;
}

}  // namespace

std::size_t count_failures(const std::vector<SuiteReport>& reports) {
  std::size_t failures = 0;
  for (const auto& report : reports) failures += count_failures(report);
  return failures;
}

std::string policy_test_view(const std::vector<SuiteReport>& reports, const Page& page) {
  const std::string passed = "  " + page.ink(Colour::green, "ok") + "    ";
  const std::string failed = "  " + page.ink(Colour::red, "FAIL") + "  ";
  std::string text;
  for (const auto& report : reports) {
    text += page.ink(Colour::bold, safe(report.name)) + "\n";
    for (const auto& invalid : report.invalid) text += failed + safe(invalid) + "\n";
    for (const auto& result : report.results) {
      text += (result.passed() ? passed : failed) + safe(result.name) + "\n";
      if (result.passed()) continue;
      text += "        expected: " + safe(to_string(result.expected)) + "\n";
      text += "        got:      " + safe(got_words(result)) + "\n";
    }
  }
  const auto failures = count_failures(reports);
  text += "\n" + count_words(count_all_tests(reports), "test") + ": ";
  return text + (failures == 0 ? "all as expected" : std::to_string(failures) + " not as expected") + "\n";
}

std::string policy_test_json(const std::vector<SuiteReport>& reports) {
  const auto tests = static_cast<std::uint64_t>(count_all_tests(reports));
  const auto failures = static_cast<std::uint64_t>(count_failures(reports));
  json::Value suites = json::Value::array();
  for (const auto& report : reports) suites.push(as_json(report));
  json::Value all = json::Value::object();
  all.set("tests", tests).set("failures", failures).set("suites", std::move(suites));
  return to_json(all);
}

std::string policy_test_junit(const std::vector<SuiteReport>& reports) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sallyport policy test\"" +
                     counts(count_all_tests(reports), count_failures(reports)) + ">\n";
  for (const auto& report : reports) {
    text += "  <testsuite name=" + in_quotes(report.name) + counts(count_tests(report), count_failures(report)) + ">\n";
    for (const auto& invalid : report.invalid) text += test_case(report, "policies can work", invalid);
    for (const auto& result : report.results) {
      text +=
          test_case(report, result.name,
                    result.passed() ? "" : "expected: " + to_string(result.expected) + "; got: " + got_words(result));
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace sallyport::cli
