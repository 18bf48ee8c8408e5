// sallyport: the subcommands.
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/app.hpp"
#include "cli/complete.hpp"
#include "serve/app.hpp"
#include "serve/config.hpp"

namespace {

using sallyport::serve::Config;

constexpr int kUsageError = 2;

// Flags that say again what the configuration file says; the flag wins.
struct ServeFlags {
  std::string config_file;
  std::string kubeconfig;
  std::string name;
  std::string webhook_address;
  std::string certificate_dir;
  std::string health_address;
  std::string metrics_address;
  std::string log_dir;
  std::size_t threads = 0;
};

void add_serve(CLI::App& app, ServeFlags& flags) {
  app.add_option("--config", flags.config_file,
                 "The configuration, a YAML file (the chart's ConfigMap sallyport-config)")
      ->required();
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "How to reach the API server; without it, as a pod does (service account and environment)");
  app.add_option("--name", flags.name,
                 "This replica's name: its log's stream is called after it (in a pod: the pod's name)");
  app.add_option("--webhook-address", flags.webhook_address, "host:port of the webhooks, instead of webhook.address");
  app.add_option("--webhook-certificate-dir", flags.certificate_dir,
                 "Directory with tls.crt, tls.key and ca.crt, instead of webhook.certificateDir; by default Sallyport "
                 "makes its own");
  app.add_option("--health-address", flags.health_address,
                 "host:port of /livez and /readyz, instead of health.address");
  app.add_option("--metrics-address", flags.metrics_address, "host:port of /metrics, instead of metrics.address");
  app.add_option("--log-dir", flags.log_dir, "Directory of this replica's log, instead of log.dir");
  app.add_option("--threads", flags.threads, "I/O threads; default: as many as there are processors, at most 4")
      ->check(CLI::Range(1, 64));
}

void override_by(Config& config, const ServeFlags& flags) {
  const auto given = [](std::string& into, const std::string& flag) {
    if (!flag.empty()) into = flag;
  };
  given(config.name, flags.name);
  given(config.webhook.address, flags.webhook_address);
  given(config.webhook.certificate_dir, flags.certificate_dir);
  given(config.health_address, flags.health_address);
  given(config.metrics_address, flags.metrics_address);
  given(config.log_dir, flags.log_dir);
  if (!flags.kubeconfig.empty()) config.kubeconfig = flags.kubeconfig;
  config.threads = flags.threads;
}

int serve(const ServeFlags& flags) {
  auto config = sallyport::serve::load_config(flags.config_file);
  if (!config) {
    std::fprintf(stderr, "sallyport: %s\n", config.error().message().c_str());
    return kUsageError;
  }
  override_by(*config, flags);
  if (const auto checked = sallyport::serve::check_config(*config); !checked) {
    std::fprintf(stderr, "sallyport: %s: %s\n", flags.config_file.c_str(), checked.error().message().c_str());
    return kUsageError;
  }
  return sallyport::serve::run(std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
  const auto program = sallyport::cli::program_of(argv[0], SALLYPORT_VERSION);
  CLI::App app{"Sallyport: a person's judgement at the privileged actions of AI agents on Kubernetes."};
  app.name(program.name);
  app.require_subcommand(1);
  sallyport::cli::Chosen chosen;
  sallyport::cli::add_commands(app, program, chosen);
  ServeFlags flags;
  auto* serve_command = app.add_subcommand("serve", "Answer the API server's webhooks: one replica of Sallyport");
  serve_command->group("In the cluster");
  add_serve(*serve_command, flags);
  serve_command->callback([&] { chosen = [&] { return serve(flags); }; });

  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto words = sallyport::cli::words_to_complete(argv[0], arguments)) {
    return sallyport::cli::print_completions(app, *words);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return sallyport::cli::explain_usage(app, error, arguments);
  }
  return chosen();
}
