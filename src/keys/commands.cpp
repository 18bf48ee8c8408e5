#include "keys/commands.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "keys/create.hpp"

namespace sallyport::keys {

// Of a job, mostly, so it reaches the API server as other parts in the cluster do.
void add_create(CLI::App& keys, const Registry& registry) {
  const auto options = std::make_shared<CreateOptions>();
  auto* const added =
      keys.add_subcommand("create", "Make the keys of seals and of the log where there are none: Secrets, or files");
  added->add_option("--dir", options->directory, "Make files in this directory, for replicas that are no pods")
      ->type_name("DIR");
  added->add_option("-n,--namespace", options->place.namespace_name, "Sallyport's namespace")->capture_default_str();
  added->add_option("--name", options->place.name, "What Sallyport's objects begin with")->capture_default_str();
  added->add_flag("--without-log-key", options->without_log_key, "The chart's log.keySecret brings the log's key");
  added->add_option("--kubeconfig", options->kubeconfig,
                    "How to reach the API server; without it, as a pod does (service account and environment)");
  added->footer("Keys that are there already are left alone. Exit codes: 0 all are there, 1 not all, 2 wrong usage.");
  added->callback([options, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, &machine] { return create(*options, machine); };
  });
}

}  // namespace sallyport::keys
