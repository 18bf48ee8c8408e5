#include "doctor/installation.hpp"

#include <utility>

#include "kube/paths.hpp"
#include "kube/shipped.hpp"
#include "wire/policy.hpp"

namespace sallyport::doctor {
namespace {

constexpr kube::Collection kConfigMaps{"", "v1", "configmaps"};
constexpr std::string_view kLabel = "app.kubernetes.io/name=sallyport";
constexpr const char* kKey = "config.yaml";

}  // namespace

kube::Awaitable<serve::Config> find_config(kube::Api& api, std::string namespace_name) {
  const auto list = co_await api.send(
      kube::get(kube::path_of(kConfigMaps, namespace_name) + "?labelSelector=" + kube::escape(kLabel)));
  if (!list) {
    const auto hint = namespace_name.empty() ? "looking for Sallyport in all namespaces (-n names one)"
                                             : "looking for Sallyport in namespace " + namespace_name;
    co_return fail(list.error().while_doing(hint));
  }
  const json::Value* found = nullptr;
  std::string namespaces;
  for (const auto& item : (*list)["items"].items()) {
    if (item["data"][kKey].is_null()) continue;
    namespaces += (found == nullptr ? "" : ", ") + std::string(item["metadata"]["namespace"].text());
    if (found != nullptr) {
      co_return fail(ErrorCode::bad_input, "there is more than one Sallyport, in " + namespaces + ": say which by -n");
    }
    found = &item;
  }
  if (found == nullptr) {
    const auto where = namespace_name.empty() ? "no namespace" : "namespace " + namespace_name + " does not";
    co_return fail(ErrorCode::not_found, where + (namespace_name.empty() ? " holds" : " hold") +
                                             " a ConfigMap of Sallyport's (label " + std::string(kLabel) +
                                             "): it is not installed, or its ConfigMap is gone");
  }
  const auto& metadata = (*found)["metadata"];
  co_return serve::parse_config(
      std::string((*found)["data"][kKey].text()),
      "ConfigMap " + std::string(metadata["namespace"].text()) + "/" + std::string(metadata["name"].text()));
}

kube::Awaitable<std::vector<StandingPolicy>> read_policies(kube::Api& api) {
  std::vector<StandingPolicy> policies;
  for (const auto& [collection, kind] : {std::pair{kube::kApprovalPolicies, "ApprovalPolicy"},
                                         std::pair{kube::kClusterApprovalPolicies, "ClusterApprovalPolicy"}}) {
    auto list = co_await api.send(kube::get(kube::path_of(collection)));
    if (!list) co_return fail(list.error());
    // Lists leave out of their items what they say of themselves.
    const auto version = (*list)["apiVersion"];
    for (auto item : (*list)["items"].items()) {
      item.set("apiVersion", version).set("kind", kind);
      if (auto policy = wire::read_policy(item)) policies.push_back({std::move(item), std::move(*policy)});
    }
  }
  co_return policies;
}

void add_unknown(Report& report, const std::string& check, const Error& error) {
  const bool forbidden = error.code() == ErrorCode::forbidden;
  report.add({check, Mark::warning, "this could not be looked at: " + error.message(),
              forbidden ? "Run doctor as somebody who may" : "Try again", ""});
}

std::string reinstall_command(const serve::Config& config) {
  return kube::reinstall_command(config.release, config.namespace_name);
}

std::string logs_command(const serve::Config& config, const std::string& replica) {
  return "kubectl -n " + config.namespace_name + " logs " + replica + " --tail=50";
}

}  // namespace sallyport::doctor
