#include <memory>

#include <CLI/CLI.hpp>

#include "cli/chart_values.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/policy_lint_view.hpp"
#include "cli/policy_suites.hpp"
#include "policy/effective.hpp"
#include "policy/validate.hpp"
#include "whatif/policies.hpp"

namespace sallyport::cli {
namespace {

struct PolicyLintFlags {
  std::vector<std::string> places;
  std::string values;
  std::string output = "text";
  Access access;  // of which only the colours count: no cluster is asked
};

// kubectl says the namespace of what is applied, too.
json::Value with_namespace(json::Value object) {
  auto* const metadata = object.find_mutable("metadata");
  const bool is_missing = metadata != nullptr && metadata->is_object() && (*metadata)["namespace"].is_null();
  if (is_missing && object["kind"].text() == "ApprovalPolicy") metadata->set("namespace", "default");
  return object;
}

LintedPolicy lint(const json::Value& object, const ChartValues& values) {
  LintedPolicy linted{.kind = std::string(object["kind"].text()),
                      .name = std::string(object["metadata"]["name"].text()),
                      .errors = {},
                      .warnings = {}};
  const auto policy = whatif::read_policy(with_namespace(object));
  if (!policy) {
    linted.errors = {policy.error().message()};
    return linted;
  }
  linted.errors = policy->faults;
  if (!policy->works()) return linted;
  linted.warnings = policy::find_deprecated(policy->spec);
  const policy::Surroundings known{values.effects ? *values.effects : effects::Table::shipped(), nullptr,
                                   values.agents ? &*values.agents : nullptr};
  for (auto& each : policy::find_ineffective(*policy, known)) linted.warnings.push_back(std::move(each.message));
  return linted;
}

// An error: there is no such file.
Result<LintedFile> lint_file(const std::string& name, const ChartValues& values) {
  LintedFile file{.name = name, .error = {}, .policies = {}};
  const auto objects = read_objects(name);
  if (!objects && objects.error().code() == ErrorCode::not_found) return fail(objects.error());
  if (!objects) {
    file.error = objects.error().message();
    return file;
  }
  for (const auto& object : *objects) {
    if (whatif::is_meant_as_policy(object)) file.policies.push_back(lint(object, values));
  }
  return file;
}

Exit policy_lint(const PolicyLintFlags& flags) {
  const auto values = read_chart_values(flags.values);
  const auto names = values ? policy_files(flags.places) : fail(values.error());
  if (!names) {
    complain(safe(names.error().message()));
    return Exit::usage;
  }
  std::vector<LintedFile> files;
  for (const auto& name : *names) {
    auto file = lint_file(name, *values);
    if (!file) {
      complain(safe(file.error().message()));
      return Exit::usage;
    }
    files.push_back(std::move(*file));
  }
  if (!has_policies(files)) {
    complain(safe(flags.places.front()) + ": holds no ApprovalPolicy and no ClusterApprovalPolicy");
    return Exit::usage;
  }
  print(flags.output == "json" ? policy_lint_json(files) : policy_lint_view(files, page_for(flags.access)));
  return count_errors(files) == 0 ? Exit::done : Exit::refused;
}

}  // namespace

void add_policy_lint(CLI::App& policy, const Registry& registry) {
  const auto flags = std::make_shared<PolicyLintFlags>();
  flags->access.machine = &registry.machine;
  flags->access.program = registry.program.name;
  auto* const command =
      policy.add_subcommand("lint", "Say what is wrong with policies in files, all at once, without a cluster");
  command
      ->add_option("PLACES", flags->places, "Folders and files of policies; - is standard input. No tests are needed")
      ->required()
      ->type_name("DIR|FILE");
  command
      ->add_option("--values", flags->values,
                   "Values of the chart: whether subjects are agents, and what their `effects` say of kinds, counts as "
                   "in the cluster")
      ->type_name("FILE");
  add_output(*command, flags->output, {"text", "json"}, "text or json");
  command->add_flag("--no-color", flags->access.no_color,
                    "No colours; there are none in a pipe or with $NO_COLOR, either");
  command->footer(
      "What only an API server knows (its groups, resources and versions) is said when a policy is applied.\n\n"
      "Exit codes: 0 all can work, though there may be warnings, 1 a policy cannot work, or a file is no YAML, 2 wrong "
      "usage, or there is no policy.");
  command->callback(
      [flags, &chosen = registry.chosen] { chosen = [flags] { return static_cast<int>(policy_lint(*flags)); }; });
}

}  // namespace sallyport::cli
