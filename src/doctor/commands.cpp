#include "doctor/commands.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "doctor/doctor.hpp"
#include "serve/config.hpp"

namespace sallyport::doctor {
namespace {

constexpr int kUsageError = 2;

struct DoctorFlags {
  std::string config_file;
  std::string kubeconfig;
  bool as_json = false;
  unsigned within = 0;
};

int doctor(const DoctorFlags& flags, const Machine& machine) {
  auto config = serve::load_config(flags.config_file);
  if (!config) {
    std::fprintf(stderr, "sallyport: %s\n", config.error().message().c_str());
    return kUsageError;
  }
  if (!flags.kubeconfig.empty()) config->kubeconfig = flags.kubeconfig;
  return run(*config, {flags.as_json, std::chrono::seconds(flags.within)}, machine);
}

}  // namespace

void add_commands(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<DoctorFlags>();
  auto* const command = app.add_subcommand("doctor", "Say whether an installation works, and what to do where not");
  command->group("In the cluster");
  command->add_option("--config", flags->config_file, "The configuration that `serve` runs with")->required();
  command->add_option("--kubeconfig", flags->kubeconfig,
                      "How to reach the API server; without it, as a pod does (service account and environment)");
  command->add_option("--within", flags->within, "Try again for so many seconds, until all is well")
      ->check(CLI::Range(0, 3600));
  command
      ->add_option_function<std::string>(
          "-o,--output", [flags](const std::string& format) { flags->as_json = format == "json"; }, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "Exit codes: 0 all is well, 1 something is not, 2 wrong usage. It needs what the chart's ClusterRole for "
      "its test has.");
  command->callback([flags, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [flags, &machine] { return doctor(*flags, machine); };
  });
}

}  // namespace sallyport::doctor
