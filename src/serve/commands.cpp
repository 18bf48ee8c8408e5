#include "serve/commands.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "keys/material.hpp"
#include "serve/app.hpp"
#include "serve/config.hpp"

namespace sallyport::serve {
namespace {

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
  std::string keys_dir;
  std::size_t threads = 0;
};

void add_flags(CLI::App& command, ServeFlags& flags) {
  command
      .add_option("--config", flags.config_file,
                  "The configuration, a YAML file (the chart's ConfigMap sallyport-config)")
      ->required();
  command.add_option("--kubeconfig", flags.kubeconfig,
                     "How to reach the API server; without it, as a pod does (service account and environment)");
  command.add_option("--name", flags.name,
                     "This replica's name: its log's stream is called after it (in a pod: the pod's name)");
  command.add_option("--webhook-address", flags.webhook_address,
                     "host:port of the webhooks, instead of webhook.address");
  command.add_option(
      "--webhook-certificate-dir", flags.certificate_dir,
      "Directory with tls.crt, tls.key and ca.crt, instead of webhook.certificateDir; by default Sallyport "
      "makes its own");
  command.add_option("--health-address", flags.health_address,
                     "host:port of /livez and /readyz, instead of health.address");
  command.add_option("--metrics-address", flags.metrics_address, "host:port of /metrics, instead of metrics.address");
  command.add_option("--log-dir", flags.log_dir, "Directory of this replica's log, instead of log.dir");
  command.add_option("--keys-dir", flags.keys_dir,
                     "Directory with seal.key and log.key, instead of sealKeyFile and log.keyFile");
  command.add_option("--threads", flags.threads, "I/O threads; default: as many as there are processors, at most 4")
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
  if (!flags.keys_dir.empty()) {
    config.seal_key_file = flags.keys_dir + "/" + keys::kSealKey;
    config.log_key_file = flags.keys_dir + "/" + keys::kLogKey;
  }
  if (!flags.kubeconfig.empty()) config.kubeconfig = flags.kubeconfig;
  config.threads = flags.threads;
}

int complain(const Error& error) {
  std::fprintf(stderr, "sallyport: %s\n", error.message().c_str());
  return kUsageError;
}

int serve(const ServeFlags& flags, const std::string& version, const Machine& machine) {
  auto config = load_config(flags.config_file);
  if (!config) return complain(config.error());
  override_by(*config, flags);
  config->version = version;
  if (const auto checked = check_config(*config); !checked) {
    return complain(checked.error().while_doing(flags.config_file));
  }
  return run(std::move(*config), machine);
}

}  // namespace

void add_commands(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<ServeFlags>();
  auto* const command = app.add_subcommand("serve", "Answer the API server's webhooks: one replica of Sallyport");
  command->group("In the cluster");
  add_flags(*command, *flags);
  command->callback(
      [flags, version = registry.program.version, &machine = registry.machine, &chosen = registry.chosen] {
        chosen = [flags, version, &machine] { return serve(*flags, version, machine); };
      });
}

}  // namespace sallyport::serve
