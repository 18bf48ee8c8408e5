// sallyport: the list of its commands, each of which its folder adds.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/commands.hpp"
#include "audit/export/commands.hpp"
#include "audit/replay/commands.hpp"
#include "audit/replay/restored.hpp"
#include "base/first_process.hpp"
#include "base/registry.hpp"
#include "cli/app.hpp"
#include "cli/complete.hpp"
#include "cli/policy_suites.hpp"
#include "doctor/commands.hpp"
#include "serve/commands.hpp"
#include "serve/config.hpp"
#include "sink/commands.hpp"

namespace sallyport {
namespace {

Result<std::vector<sink::Settings>> read_sinks(const std::string& config_file) {
  auto config = serve::load_config(config_file);
  if (!config) return fail(config.error());
  return std::move(config->sinks);
}

// In the order of docs/cli.md. What stands inside another command comes after it.
void add_commands(CLI::App& app, const Registry& registry) {
  cli::add_commands(app, registry, audit::request_in_logs);
  serve::add_commands(app, registry);
  doctor::add_commands(app, registry);
  audit::add_commands(app, registry);
  audit::add_diff(*app.get_subcommand("policy"), registry, cli::read_policies);
  auto& log = *app.get_subcommand("log");
  audit::add_export(log, registry);
  audit::add_replay(log, registry, cli::read_policies);
  sink::add_forward(log, registry, read_sinks);
}

}  // namespace
}  // namespace sallyport

int main(int argc, char** argv) {
  namespace cli = sallyport::cli;
  sallyport::end_by_signals_as_first_process();
  const auto program = cli::program_of(argv[0], SALLYPORT_VERSION);
  CLI::App app{"Sallyport: a person's judgement at the privileged actions of AI agents on Kubernetes."};
  app.name(program.name);
  app.require_subcommand(1);
  const sallyport::SystemClock clock;
  sallyport::SystemRandom random;
  const sallyport::Machine machine{clock, random};
  sallyport::Chosen chosen;
  sallyport::add_commands(app, {program, machine, chosen});

  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto words = cli::words_to_complete(argv[0], arguments))
    return cli::print_completions(app, *words, machine);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::explain_usage(app, error, arguments);
  }
  return chosen();
}
