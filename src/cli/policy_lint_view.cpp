#include "cli/policy_lint_view.hpp"

#include <algorithm>

#include "cli/plain_data.hpp"
#include "cli/words.hpp"
#include "json/value.hpp"

namespace sallyport::cli {
namespace {

std::size_t count_warnings(const std::vector<LintedFile>& files) {
  std::size_t count = 0;
  for (const auto& file : files) {
    for (const auto& policy : file.policies) count += policy.warnings.size();
  }
  return count;
}

std::size_t count_policies(const std::vector<LintedFile>& files) {
  std::size_t count = 0;
  for (const auto& file : files) count += file.policies.size();
  return count;
}

json::Value list(const std::vector<std::string>& texts) {
  auto all = json::Value::array();
  for (const auto& text : texts) all.push(text);
  return all;
}

json::Value as_json(const LintedFile& file) {
  auto policies = json::Value::array();
  for (const auto& policy : file.policies) {
    policies.push(json::Value::object()
                      .set("kind", policy.kind)
                      .set("name", policy.name)
                      .set("errors", list(policy.errors))
                      .set("warnings", list(policy.warnings)));
  }
  return json::Value::object().set("file", file.name).set("error", file.error).set("policies", std::move(policies));
}

}  // namespace

bool has_policies(const std::vector<LintedFile>& files) {
  return std::ranges::any_of(files, [](const auto& file) { return !file.error.empty() || !file.policies.empty(); });
}

std::size_t count_errors(const std::vector<LintedFile>& files) {
  std::size_t count = 0;
  for (const auto& file : files) {
    if (!file.error.empty()) ++count;
    for (const auto& policy : file.policies) count += policy.errors.size();
  }
  return count;
}

std::string policy_lint_view(const std::vector<LintedFile>& files, const Page& page) {
  const auto error = "  " + page.ink(Colour::red, "error") + "    ";
  const auto warning = "  " + page.ink(Colour::yellow, "warning") + "  ";
  std::string text;
  for (const auto& file : files) {
    if (!file.error.empty()) text += error + safe(file.error) + "\n";
    for (const auto& policy : file.policies) {
      text += page.ink(Colour::bold, safe(file.name)) + ": " + safe(policy.kind) + " " + safe(policy.name) + "\n";
      for (const auto& each : policy.errors) text += error + safe(each) + "\n";
      for (const auto& each : policy.warnings) text += warning + safe(each) + "\n";
    }
  }
  const auto policies = count_policies(files);
  return text + std::to_string(policies) + (policies == 1 ? " policy, " : " policies, ") +
         count_words(count_errors(files), "error") + ", " + count_words(count_warnings(files), "warning") + "\n";
}

std::string policy_lint_json(const std::vector<LintedFile>& files) {
  auto all = json::Value::array();
  for (const auto& file : files) {
    if (!file.error.empty() || !file.policies.empty()) all.push(as_json(file));
  }
  return to_json(json::Value::object()
                     .set("files", std::move(all))
                     .set("errors", static_cast<std::int64_t>(count_errors(files)))
                     .set("warnings", static_cast<std::int64_t>(count_warnings(files))));
}

}  // namespace sallyport::cli
