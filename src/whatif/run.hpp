#pragma once

#include <string>
#include <vector>

#include "model/policy.hpp"
#include "whatif/outcome.hpp"
#include "whatif/test_file.hpp"

namespace sallyport::whatif {

struct TestResult {
  std::string name;
  Outcome expected;
  Outcome got;
  std::string why;  // of a refusal: a sentence

  [[nodiscard]] bool passed() const { return expected == got; }
};

// Each test's action, ruled on as admission would with these policies.
[[nodiscard]] std::vector<TestResult> run_tests(const TestFile& file, std::vector<model::Policy> policies);

}  // namespace sallyport::whatif
