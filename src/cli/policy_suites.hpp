#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/policy.hpp"
#include "whatif/test_file.hpp"

namespace sallyport::cli {

// Policies, and the tests that they must stand.
struct PolicySuite {
  std::string name;  // the folder, or the file of the tests
  std::vector<model::Policy> policies;
  whatif::TestFile tests;
};

// Where suites are. Without files of tests, each folder in `places` that holds a tests.yaml is a suite: its own
// policies, or if it has none all that are in `places`, and those tests. With such files, each of them is a suite with
// all policies that are in `places`.
struct SuitePlaces {
  std::vector<std::string> places;
  std::vector<std::string> test_files;
  std::string reviews;  // the folder that the tests' files are in; "": next to the file of the tests
};

// The files that may hold policies, in these files, folders and theirs. The error says which place cannot be read.
[[nodiscard]] Result<std::vector<std::string>> policy_files(const std::vector<std::string>& places);

// The policies in these files, folders and theirs; "-" is standard input. The error says which cannot be read, and
// why.
[[nodiscard]] Result<std::vector<model::Policy>> read_policies(const std::vector<std::string>& places);

// In the order of their names. The error says which file cannot be read, and why.
[[nodiscard]] Result<std::vector<PolicySuite>> find_suites(const SuitePlaces& where);

}  // namespace sallyport::cli
