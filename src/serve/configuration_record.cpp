#include "serve/configuration_record.hpp"

namespace sallyport::serve {
namespace {

json::Value texts(const std::vector<std::string>& list) {
  auto array = json::Value::array();
  for (const auto& text : list) array.push(text);
  return array;
}

}  // namespace

model::LogRecord configuration_loaded(const Config& config) {
  auto agents = json::Value::array();
  for (const auto& agent : config.agents) {
    agents.push(json::Value::object()
                    .set("name", agent.name)
                    .set("users", texts(agent.users))
                    .set("groups", texts(agent.groups))
                    .set("service_accounts", texts(agent.service_accounts))
                    .set("namespaces", texts(agent.namespaces)));
  }
  model::LogRecord record{"configuration_loaded"};
  record.fields.set("namespace", config.namespace_name)
      .set("service_account", config.service_account)
      .set("agents", std::move(agents))
      .set("guard", to_string(config.guard))
      .set("callers", config.webhook.client_ca_file.empty() ? "path" : "certificate")
      .set("cooldown", format_duration(config.engine.cooldown))
      .set("history", json::Value::object()
                          .set("retain", format_duration(config.engine.history.retain))
                          .set("max_per_namespace", std::uint64_t{config.engine.history.per_namespace}));
  if (!config.added_effects.empty()) record.fields.set("effects", effects::write_added(config.added_effects));
  return record;
}

}  // namespace sallyport::serve
