#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doctor/finding.hpp"
#include "kube/api.hpp"
#include "kube/lease.hpp"
#include "model/policy.hpp"
#include "serve/config.hpp"

namespace sallyport::doctor {

struct StandingPolicy {
  json::Value object;
  model::Policy policy;
};

// What is looked at, and what all checks go by.
struct Installation {
  serve::Config config;
  std::string version;  // of this program
  Result<std::vector<kube::Lease>> replicas = {};
  Result<std::vector<StandingPolicy>> policies = {};
  bool gate_stands = false;  // as it was installed
};

// The configuration of the one installation in the cluster, or in that namespace: the chart's ConfigMap.
[[nodiscard]] kube::Awaitable<serve::Config> find_config(kube::Api& api, std::string namespace_name);

// All policies, of namespaces and of the cluster.
[[nodiscard]] kube::Awaitable<std::vector<StandingPolicy>> read_policies(kube::Api& api);

// In all of these the installation and the report are the caller's, who waits. Reads, questions and dry runs: nothing
// changes. What may not be looked at is a warning.
using Check = boost::asio::awaitable<void>;

// What stops agents: drift, both webhook configurations and their CA, and whether Sallyport answers.
Check check_gate(kube::Api& api, Installation* installation, Report* report);
// What it runs on: its StatefulSet, CustomResourceDefinitions, Sallyport's own rights, policies.
Check check_cluster(kube::Api& api, const Installation* installation, Report* report);
// What replicas tell in their Leases.
void check_replicas(const kube::Api& api, const Installation& installation, Report& report);
// Whose calls come: of which agents, and how their caller is proven.
void check_calls(const Installation& installation, Report& report);
// Who is an agent, and the ways around the gate that each has.
Check check_agents(kube::Api& api, const Installation* installation, Report* report);

// A finding that something could not be looked at.
void add_unknown(Report& report, const std::string& check, const Error& error);
// A command that installs what the release has: the same chart and values.
[[nodiscard]] std::string reinstall_command(const serve::Config& config);
[[nodiscard]] std::string logs_command(const serve::Config& config, const std::string& replica);

}  // namespace sallyport::doctor
