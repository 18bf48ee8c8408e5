#include "action/allocated.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "action/server_made.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Value;

// What tells a Service's ports apart: number and protocol. "" for what has neither.
std::string port_key(const Value& port) {
  if (!port["port"].is_integer() || !port["protocol"].is_string()) return "";
  return json::write(port["port"]) + '/' + std::string(port["protocol"].text());
}

// Of a FieldsV1 key, `k:{"port":80,"protocol":"TCP"}`.
std::string managed_port_key(std::string_view key) {
  if (!key.starts_with("k:")) return "";
  const auto parsed = json::parse(key.substr(2));
  return parsed ? port_key(*parsed) : "";
}

// What managedFields say of a Service's spec: which managers there are, and who asked for what.
class Managers {
 public:
  explicit Managers(const Value& managed_fields) : entries_(managed_fields.items()) {
    for (const Value& entry : entries_)
      for (const auto& [key, fields] : spec_of(entry)["f:ports"].members())
        if (const auto port = managed_port_key(key); !port.empty())
          asked_for_node_port_[port] |= fields.find("f:nodePort") != nullptr;
  }

  [[nodiscard]] bool know_spec() const {
    for (const Value& entry : entries_)
      if (spec_of(entry).is_object()) return true;
    return false;
  }
  [[nodiscard]] bool asked_for(std::string_view field) const {
    for (const Value& entry : entries_)
      if (spec_of(entry).find(field)) return true;
    return false;
  }
  // Do they know the port, and did none of them ask for its nodePort?
  [[nodiscard]] bool leave_node_port_to_server(const std::string& port) const {
    const auto found = asked_for_node_port_.find(port);
    return found != asked_for_node_port_.end() && !found->second;
  }

 private:
  static const Value& spec_of(const Value& entry) { return entry["fieldsV1"]["f:spec"]; }

  std::span<const Value> entries_;
  std::map<std::string, bool> asked_for_node_port_;
};

void replace_node_ports(const Managers& managers, Value& spec, const Value& spec_before) {
  Value* ports = spec.find_mutable("ports");
  if (!ports || !ports->is_array()) return;
  std::map<std::string, const Value*> before;
  for (const Value& port : spec_before["ports"].items()) before.emplace(port_key(port), &port["nodePort"]);
  for (Value& port : ports->mutable_items()) {
    const std::string key = port_key(port);
    const auto old = before.find(key);
    const bool stood = old != before.end() && *old->second == port["nodePort"];
    if (!stood && port["nodePort"].is_integer() && managers.leave_node_port_to_server(key))
      port.set("nodePort", kServerMade);
  }
}

// "None" is never allocated.
void replace_address(Value& address, const Value& before) {
  if (address.is_string() && !address.text().empty() && address.text() != "None" && !(address == before))
    address = kServerMade;
}

void replace_addresses(Value& addresses, std::span<const Value> before) {
  static const Value none;
  if (!addresses.is_array()) return;
  auto& items = addresses.mutable_items();
  for (std::size_t i = 0; i < items.size(); ++i) replace_address(items[i], i < before.size() ? before[i] : none);
}

}  // namespace

void replace_allocated(Value& service, const Value& before) {
  const Managers managers(service["metadata"]["managedFields"]);
  Value* spec = service.find_mutable("spec");
  if (!spec || !managers.know_spec()) return;

  const Value& spec_before = before["spec"];
  const auto server_made = [spec, &managers](std::string_view key, std::string_view field) {
    return managers.asked_for(field) ? nullptr : spec->find_mutable(key);
  };
  if (Value* ip = server_made("clusterIP", "f:clusterIP")) replace_address(*ip, spec_before["clusterIP"]);
  if (Value* ips = server_made("clusterIPs", "f:clusterIPs"))
    replace_addresses(*ips, spec_before["clusterIPs"].items());
  if (Value* port = server_made("healthCheckNodePort", "f:healthCheckNodePort"))
    if (port->is_integer() && !(*port == spec_before["healthCheckNodePort"])) *port = kServerMade;
  replace_node_ports(managers, *spec, spec_before);
}

}  // namespace sallyport::action
