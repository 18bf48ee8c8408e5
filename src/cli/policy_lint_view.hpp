#pragma once

#include <string>
#include <vector>

#include "cli/ink.hpp"

namespace sallyport::cli {

// What `policy lint` has found.
struct LintedPolicy {
  std::string kind, name;
  std::vector<std::string> errors;    // why it cannot work
  std::vector<std::string> warnings;  // what it says and does not do
};
struct LintedFile {
  std::string name;
  std::string error;  // it cannot be read: why, with the line and the column; "": it can
  std::vector<LintedPolicy> policies;
};

// A policy, or a file that cannot be read and may hold one.
[[nodiscard]] bool has_policies(const std::vector<LintedFile>& files);
[[nodiscard]] std::size_t count_errors(const std::vector<LintedFile>& files);

// For people and for programs. A file without policies is not named.
[[nodiscard]] std::string policy_lint_view(const std::vector<LintedFile>& files, const Page& page);
[[nodiscard]] std::string policy_lint_json(const std::vector<LintedFile>& files);

}  // namespace sallyport::cli
