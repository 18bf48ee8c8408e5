#include "serve/config.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "yaml/read.hpp"

namespace sallyport::serve {
namespace {

// Which approvals were used stands in the log, and no approval stands for longer.
constexpr Duration kLogKeepLeast = std::chrono::hours(7 * 24);

// As long as an approval may hold at most.
constexpr Duration kHistoryRetainLeast = std::chrono::hours(24);

using Reader = std::function<void(const YAML::Node&)>;

// The keys of one mapping and what reads each. Any other key is an error at its own line.
void read_mapping(const YAML::Node& node, const std::string& place, const std::map<std::string, Reader>& readers) {
  if (!node.IsMap()) throw YAML::Exception(node.Mark(), place + " must be a mapping");
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      std::string known;
      for (const auto& [name, unused] : readers) known += (known.empty() ? "" : ", ") + name;
      throw YAML::Exception(entry.first.Mark(),
                            fmt::format("unknown key \"{}\" in {}; known are: {}", key, place, known));
    }
    reader->second(entry.second);
  }
}

Reader text(std::string& into) {
  return [&into](const YAML::Node& node) { into = node.as<std::string>(); };
}

Reader texts(std::vector<std::string>& into) {
  return [&into](const YAML::Node& node) { into = node.as<std::vector<std::string>>(); };
}

Reader truth(bool& into) {
  return [&into](const YAML::Node& node) { into = node.as<bool>(); };
}

Reader number(std::size_t& into, std::size_t most, std::int64_t least = 1) {
  return [&into, most, least](const YAML::Node& node) {
    const auto value = node.as<std::int64_t>();
    if (value < least || static_cast<std::size_t>(value) > most) {
      throw YAML::Exception(node.Mark(), fmt::format("must be a number from {} to {}", least, most));
    }
    into = static_cast<std::size_t>(value);
  };
}

// Into bytes.
template <typename Bytes>
Reader mib(Bytes& into) {
  return [&into](const YAML::Node& node) {
    std::size_t count = 0;
    number(count, 100'000)(node);
    into = Bytes{count} << 20;
  };
}

Reader duration(Duration& into) {
  return [&into](const YAML::Node& node) {
    const auto value = parse_duration(node.as<std::string>());
    if (!value) throw YAML::Exception(node.Mark(), value.error().message());
    into = *value;
  };
}

// A duration, or "0s" for none.
Reader delay(Duration& into) {
  return [&into](const YAML::Node& node) {
    into = Duration{0};
    if (node.as<std::string>() != "0s") duration(into)(node);
  };
}

void read_agents(const YAML::Node& node, std::vector<model::Agent>& agents) {
  if (!node.IsSequence()) throw YAML::Exception(node.Mark(), "agents must be a list");
  for (const auto& entry : node) {
    model::Agent agent;
    read_mapping(entry, "agents[]",
                 {{"name", text(agent.name)},
                  {"users", texts(agent.users)},
                  {"groups", texts(agent.groups)},
                  {"serviceAccounts", texts(agent.service_accounts)},
                  {"namespaces", texts(agent.namespaces)},
                  {"retries429", truth(agent.retries_429)}});
    agents.push_back(std::move(agent));
  }
}

void read_webhook(const YAML::Node& node, Config::Webhook& webhook) {
  read_mapping(node, "webhook",
               {{"address", text(webhook.address)},
                {"service", text(webhook.service)},
                {"timeoutSeconds",
                 [&](const YAML::Node& value) {
                   std::size_t seconds = 0;
                   number(seconds, 30)(value);
                   webhook.timeout = std::chrono::seconds(seconds);
                 }},
                {"gate", text(webhook.gate)},
                {"requests", text(webhook.requests)},
                {"certificateDir", text(webhook.certificate_dir)},
                {"clientCAFile", text(webhook.client_ca_file)},
                {"clientNames", texts(webhook.client_names)}});
  if (webhook.client_ca_file.empty() != webhook.client_names.empty()) {
    throw YAML::Exception(
        node.Mark(),
        "webhook.clientCAFile and webhook.clientNames belong together: the CA may sign for others, too, "
        "so the common names in the API server's client certificate must be named");
  }
}

// What is in one is for `sink` to judge.
void read_sinks(const YAML::Node& node, std::vector<sink::Settings>& sinks) {
  if (!node.IsSequence()) throw YAML::Exception(node.Mark(), "log.sinks must be a list");
  for (const auto& entry : node) {
    auto read = sink::read_settings(yaml::to_json(entry));
    if (!read) throw YAML::Exception(entry.Mark(), read.error().message());
    if (std::ranges::find(sinks, read->name, &sink::Settings::name) != sinks.end()) {
      throw YAML::Exception(entry.Mark(), "two sinks are called " + read->name);
    }
    sinks.push_back(std::move(*read));
  }
}

// Zero, for ever, or so long at least.
Reader kept(Duration& into, std::string name, Duration least) {
  return [&into, name = std::move(name), least](const YAML::Node& node) {
    delay(into)(node);
    if (into == Duration{} || into >= least) return;
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(least).count();
    throw YAML::Exception(node.Mark(),
                          fmt::format("{} must be {}h or more, or 0s to keep all of it for ever", name, hours));
  };
}

void read_history(const YAML::Node& node, engine::HistoryLimits& history) {
  read_mapping(node, "history",
               {{"retain", kept(history.retain, "history.retain", kHistoryRetainLeast)},
                {"maxPerNamespace", number(history.per_namespace, 100'000, 0)}});
}

void read_log(const YAML::Node& node, Config& config) {
  read_mapping(node, "log",
               {{"dir", text(config.log_dir)},
                {"fileMiB", number(config.log_file_mib, 4096)},
                {"fileAge", duration(config.log_file_age)},
                {"compress", truth(config.log_compress)},
                {"keep", kept(config.log_keep, "log.keep", kLogKeepLeast)},
                {"keyFile", text(config.log_key_file)},
                {"sinks", [&](const YAML::Node& value) { read_sinks(value, config.sinks); }}});
}

void read_tolerated(const YAML::Node& node, std::vector<kube::ToleratedChange>& tolerated) {
  if (!node.IsSequence()) throw YAML::Exception(node.Mark(), "webhookConfigurations.tolerated must be a list");
  for (const auto& entry : node) {
    kube::ToleratedChange change;
    read_mapping(entry, "webhookConfigurations.tolerated[]",
                 {{"field", text(change.field)},
                  {"value", [&](const YAML::Node& value) { change.value = yaml::to_json(value); }}});
    if (change.field != "namespaceSelector" && change.field != "objectSelector") {
      throw YAML::Exception(entry.Mark(), "field must be namespaceSelector or objectSelector");
    }
    tolerated.push_back(std::move(change));
  }
}

void read_guard(const YAML::Node& node, model::Enforcement& mode) {
  const auto parsed = model::parse_enforcement(node.as<std::string>());
  if (!parsed) throw YAML::Exception(node.Mark(), "guard must be Enforce, Warn or Audit");
  mode = *parsed;
}

void read_added_effects(const YAML::Node& node, Config& config) {
  auto added = effects::read_added(yaml::to_json(node));
  if (!added) throw YAML::Exception(node.Mark(), added.error().message());
  auto table = effects::Table::with(*added);
  if (!table) throw YAML::Exception(node.Mark(), table.error().message());
  config.added_effects = std::move(*added);
  config.effects = std::make_shared<const effects::Table>(std::move(*table));
}

Config read_config(const YAML::Node& root) {
  Config config;
  auto& policy = config.admission_policy;
  auto& engine = config.engine;
  const auto tree = [](json::Value& into) { return [&into](const YAML::Node& node) { into = yaml::to_json(node); }; };
  const auto address = [](std::string& into) {
    return [&into](const YAML::Node& node) { read_mapping(node, "the endpoint", {{"address", text(into)}}); };
  };
  read_mapping(
      root, "the configuration",
      {{"namespace", text(config.namespace_name)},
       {"serviceAccount", text(config.service_account)},
       {"release", text(config.release)},
       {"agents", [&](const YAML::Node& node) { read_agents(node, config.agents); }},
       {"webhook", [&](const YAML::Node& node) { read_webhook(node, config.webhook); }},
       {"health", address(config.health_address)},
       {"metrics", address(config.metrics_address)},
       {"log", [&](const YAML::Node& node) { read_log(node, config); }},
       {"sealKeyFile", text(config.seal_key_file)},
       {"keysSecret", text(config.keys_secret)},
       {"holds",
        [&](const YAML::Node& node) {
          read_mapping(
              node, "holds",
              {{"perAgent", number(engine.holds_per_agent, 1000)}, {"total", number(engine.holds_in_all, 1000)}});
        }},
       {"limits",
        [&](const YAML::Node& node) {
          read_mapping(node, "limits",
                       {{"openPerAgent", number(engine.open_per_agent, 100'000)},
                        {"openPerNamespace", number(engine.open_per_namespace, 100'000)},
                        {"keptMiBPerNamespace", mib(engine.history.bytes_per_namespace)},
                        {"keptMiB", mib(engine.history.bytes_in_all)},
                        {"logMiBPerAgentPerDay", mib(engine.log_bytes_per_agent_a_day)}});
        }},
       {"cooldown", duration(engine.cooldown)},
       {"history", [&](const YAML::Node& node) { read_history(node, engine.history); }},
       {"shutdownDelay", delay(config.shutdown_delay)},
       {"guard", [&](const YAML::Node& node) { read_guard(node, config.guard); }},
       {"effects", [&](const YAML::Node& node) { read_added_effects(node, config); }},
       {"webhookConfigurations",
        [&](const YAML::Node& node) {
          auto& shipped = config.webhook_configurations;
          read_mapping(node, "webhookConfigurations",
                       {{"gate", tree(shipped.gate)},
                        {"requests", tree(shipped.requests)},
                        {"tolerated", [&](const YAML::Node& value) { read_tolerated(value, shipped.tolerated); }}});
        }},
       {"admissionPolicy", [&](const YAML::Node& node) {
          read_mapping(
              node, "admissionPolicy",
              {{"name", text(policy.name)}, {"policy", tree(policy.policy)}, {"binding", tree(policy.binding)}});
        }}});
  return config;
}

}  // namespace

Result<Config> load_config(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) return fail(ErrorCode::not_found, "the configuration file " + file + " cannot be read");
  return parse_config({std::istreambuf_iterator<char>(stream), {}}, file);
}

Result<Config> parse_config(const std::string& text, const std::string& name) {
  try {
    return read_config(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::bad_input,
                fmt::format("{}:{}:{}: {}", name, error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

kube::ShippedGate shipped_gate(const Config& config) {
  const auto& webhooks = config.webhook_configurations;
  const auto& policy = config.admission_policy;
  return {config.release,
          config.namespace_name,
          {{kube::kGateRole, kube::kValidatingWebhooks, config.webhook.gate, "webhooks", webhooks.gate},
           {"requests", kube::kMutatingWebhooks, config.webhook.requests, "webhooks", webhooks.requests},
           {"policy", kube::kAdmissionPolicies, policy.name, "spec", policy.policy},
           {"binding", kube::kAdmissionPolicyBindings, policy.name, "spec", policy.binding}},
          webhooks.tolerated};
}

kube::GateParts gate_parts(const Config& config) {
  const auto& name = config.service_account;
  return {config.webhook.gate,
          config.webhook.requests,
          config.namespace_name,
          {config.keys_secret, name + "-seal-key", name + "-log-key"}};
}

engine::Settings engine_settings(const Config& config, std::string cluster_id) {
  auto settings = config.engine;
  settings.agents = config.agents;
  settings.own_namespace = config.namespace_name;
  settings.cluster_id = std::move(cluster_id);
  settings.replica = config.name;
  settings.callers_proven = !config.webhook.client_names.empty();
  return settings;
}

Result<void> check_config(const Config& config) {
  if (config.agents.empty()) {
    return fail(ErrorCode::bad_input, "agents is empty: with no agent named, nothing is gated. Name at least one.");
  }
  for (const auto& agent : config.agents) {
    const bool empty =
        agent.users.empty() && agent.groups.empty() && agent.service_accounts.empty() && agent.namespaces.empty();
    if (agent.name.empty() || empty) {
      return fail(ErrorCode::bad_input, "agent \"" + agent.name +
                                            "\" needs a name and at least one identity: users, groups, "
                                            "serviceAccounts or namespaces.");
    }
  }
  if (config.shutdown_delay > std::chrono::minutes(1)) {
    return fail(ErrorCode::bad_input, "shutdownDelay is more than a minute: nobody would wait for it. Lower it.");
  }
  if (config.admission_policy.name.empty()) {
    return fail(ErrorCode::bad_input, "admissionPolicy is missing: without it, nothing could be decided.");
  }
  if (config.webhook_configurations.gate.items().empty() || config.webhook_configurations.requests.items().empty()) {
    return fail(ErrorCode::bad_input,
                "webhookConfigurations is missing: without it, nobody could say whether agents are still asked about.");
  }
  return {};
}

}  // namespace sallyport::serve
