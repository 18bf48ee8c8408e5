#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "effects/added.hpp"
#include "effects/table.hpp"
#include "engine/settings.hpp"
#include "json/value.hpp"
#include "kube/protection.hpp"
#include "kube/shipped.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "sink/settings.hpp"

namespace sallyport::serve {

// Everything `sallyport serve` is told: one YAML file (the chart's ConfigMap), overridden by flags.
struct Config {
  std::string namespace_name = "sallyport-system";
  std::string service_account = "sallyport";
  std::string release = "sallyport";  // Helm's, for the commands that people are told
  std::vector<model::Agent> agents;

  struct Webhook {
    std::string address = "0.0.0.0:9443";
    std::string service = "sallyport-webhook";
    Duration timeout = std::chrono::seconds(30);
    std::string gate = "sallyport-gate";          // ValidatingWebhookConfiguration
    std::string requests = "sallyport-requests";  // MutatingWebhookConfiguration
    std::string certificate_dir;                  // tls.crt, tls.key, ca.crt; "": of our own making
    // Of the API server's client certificate: the CA that signs it, and the common names it may have. No file: it shows
    // none, and the path proves it.
    std::string client_ca_file;
    std::vector<std::string> client_names;
  } webhook;

  std::string health_address = "0.0.0.0:8081";
  std::string metrics_address = "0.0.0.0:8080";
  std::string log_dir = "/var/lib/sallyport/log";
  std::size_t log_file_mib = 64;  // a file of the log that has so many, or this age, is closed
  Duration log_file_age = std::chrono::hours(24);
  bool log_compress = false;                                // closed files
  Duration log_keep{};                                      // closed files for how long; zero: for ever
  std::string log_key_file = "/etc/sallyport-log/log.key";  // signs the log
  std::vector<sink::Settings> sinks;
  std::string seal_key_file = "/etc/sallyport-seal/seal.key";
  std::string keys_secret = "sallyport-keys";  // certificates and path, which replicas share and renew

  // Its limits. Of what else the engine is told, more stands beside this: engine_settings.
  engine::Settings engine;
  // After SIGTERM, how long calls are still answered: until nobody sends them here any more. At most a minute.
  Duration shutdown_delay{};
  model::Enforcement guard = model::Enforcement::enforce;
  // What the installation adds to the table of effects, and that table.
  std::vector<effects::AddedEffects> added_effects;
  effects::SharedTable effects = effects::shipped_table();

  // The webhooks of both configurations as the chart has installed them.
  struct WebhookConfigurations {
    json::Value gate;
    json::Value requests;
    std::vector<kube::ToleratedChange> tolerated;
  } webhook_configurations;

  // The ValidatingAdmissionPolicy and its binding as the chart has installed them: nothing is decided unless the API
  // server holds exactly these.
  struct AdmissionPolicy {
    std::string name;
    json::Value policy;
    json::Value binding;
  } admission_policy;

  // Flags, and what the program is, only.
  std::string name = "sallyport-0";  // this replica's
  std::string version;               // the program's
  std::optional<std::string> kubeconfig;
  std::size_t threads = 0;  // 0: as many as there are processors, at most 4
};

// Strict: an unknown key, a wrong type or a bad value is an error that names the file and the line.
[[nodiscard]] Result<Config> load_config(const std::string& file);
// Of its text; `name` is what errors call it.
[[nodiscard]] Result<Config> parse_config(const std::string& text, const std::string& name);
// What stops agents, as it was installed.
[[nodiscard]] kube::ShippedGate shipped_gate(const Config& config);
[[nodiscard]] kube::GateParts gate_parts(const Config& config);
// What the engine is told, whole; `cluster_id` is no matter of configuration.
[[nodiscard]] engine::Settings engine_settings(const Config& config, std::string cluster_id);
// What cannot be right whatever the file said: no agents, say.
[[nodiscard]] Result<void> check_config(const Config& config);

}  // namespace sallyport::serve
