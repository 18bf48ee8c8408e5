#pragma once

#include <string>
#include <vector>

#include "cli/ink.hpp"
#include "whatif/run.hpp"

namespace sallyport::cli {

// What came of one suite's tests.
struct SuiteReport {
  std::string name;
  std::vector<std::string> invalid;  // policies that cannot work, each as a sentence
  std::vector<whatif::TestResult> results;
};

[[nodiscard]] std::size_t count_failures(const std::vector<SuiteReport>& reports);

// For people, for programs, and for CI (JUnit's XML).
[[nodiscard]] std::string policy_test_view(const std::vector<SuiteReport>& reports, const Page& page);
[[nodiscard]] std::string policy_test_json(const std::vector<SuiteReport>& reports);
[[nodiscard]] std::string policy_test_junit(const std::vector<SuiteReport>& reports);

}  // namespace sallyport::cli
