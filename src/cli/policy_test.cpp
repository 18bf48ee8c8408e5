#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/policy_suites.hpp"
#include "cli/policy_test_view.hpp"

namespace sallyport::cli {
namespace {

struct PolicyTestFlags {
  SuitePlaces where;
  std::string output = "text";
  std::string junit;
  Access access;  // of which only the colours count: no cluster is asked
};

SuiteReport report_on(PolicySuite suite) {
  SuiteReport report{.name = std::move(suite.name), .invalid = {}, .results = {}};
  for (const auto& policy : suite.policies) {
    if (!policy.works()) {
      report.invalid.push_back(policy.ref.kind + " " + policy.ref.name + " cannot work: " + policy.why_broken());
    }
  }
  report.results = whatif::run_tests(suite.tests, std::move(suite.policies));
  return report;
}

bool write_file(const std::string& file, const std::string& text) {
  struct Close {
    void operator()(std::FILE* open) const { std::fclose(open); }
  };
  const std::unique_ptr<std::FILE, Close> target(std::fopen(file.c_str(), "wbe"));
  const bool written =
      target && std::fwrite(text.data(), 1, text.size(), target.get()) == text.size() && std::fflush(target.get()) == 0;
  if (!written) complain(safe(file) + " cannot be written: " + std::system_category().message(errno));
  return written;
}

Exit policy_test(const PolicyTestFlags& flags) {
  auto suites = find_suites(flags.where);
  if (!suites) {
    complain(safe(suites.error().message()));
    return Exit::usage;
  }
  std::vector<SuiteReport> reports;
  for (auto& suite : *suites) reports.push_back(report_on(std::move(suite)));
  print(flags.output == "json" ? policy_test_json(reports) : policy_test_view(reports, page_for(flags.access)));
  if (!flags.junit.empty() && !write_file(flags.junit, policy_test_junit(reports))) return Exit::usage;
  return count_failures(reports) == 0 ? Exit::done : Exit::refused;
}

}  // namespace

void add_policy_test(CLI::App& policy, const Registry& registry) {
  const auto flags = std::make_shared<PolicyTestFlags>();
  flags->access.machine = &registry.machine;
  flags->access.program = registry.program.name;
  auto* const command = policy.add_subcommand("test", "Try policies on actions from files, without a cluster");
  command
      ->add_option("PLACES", flags->where.places,
                   "Folders and files of policies; a folder with a tests.yaml is tested by it, and where there "
                   "are none beside it, all the others are")
      ->required()
      ->type_name("DIR|FILE");
  command
      ->add_option(
          "--tests", flags->where.test_files,
          "Files of tests, for all policies in PLACES, instead of each folder's tests.yaml; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--reviews", flags->where.reviews,
                   "The folder of the AdmissionReviews and manifests that tests name; without it, the tests' own")
      ->type_name("DIR");
  add_output(*command, flags->output, {"text", "json"}, "text or json");
  command->add_option("--junit", flags->junit, "Write the results there as well, as JUnit's XML")->type_name("FILE");
  command->add_flag("--no-color", flags->access.no_color,
                    "No colours; there are none in a pipe or with $NO_COLOR, either");
  command->footer("Exit codes: 0 all as expected, 1 something is not, 2 wrong usage, or a file cannot be read.");
  command->callback(
      [flags, &chosen = registry.chosen] { chosen = [flags] { return static_cast<int>(policy_test(*flags)); }; });
}

}  // namespace sallyport::cli
