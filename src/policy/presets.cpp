#include "policy/presets.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "policy/pod_carrier.hpp"

namespace sallyport::policy {
namespace {

using model::AdmissionRequest;
using model::Operation;
using Names = std::vector<std::string>;

model::ResourceRule rule(std::string group, Names operations, Names resources) {
  return {.api_groups = {std::move(group)},
          .api_versions = {"*"},
          .operations = std::move(operations),
          .resources = std::move(resources)};
}

Rules with_pod_carriers(Names operations, Rules rules) {
  for (const auto& carrier : pod_carriers()) {
    rules.push_back(rule(std::string(carrier.group), operations, {std::string(carrier.resource)}));
  }
  return rules;
}

Rules pod_promotion() {
  return with_pod_carriers({"CREATE", "UPDATE"},
                           {rule("", {"UPDATE"}, {"pods/resize"}), rule("*", {"UPDATE"}, {"*/scale"})});
}

Rules rbac_change() {
  const Names writes = {"CREATE", "UPDATE", "DELETE"};
  return {rule("rbac.authorization.k8s.io", writes, {"roles", "rolebindings", "clusterroles", "clusterrolebindings"}),
          rule("certificates.k8s.io", {"UPDATE"},
               {"certificatesigningrequests/approval", "certificatesigningrequests/status"})};
}

Rules secret_access() {
  return with_pod_carriers({"CREATE", "UPDATE"}, {rule("", {"CREATE", "UPDATE", "DELETE"}, {"secrets"}),
                                                  rule("", {"CREATE"}, {"serviceaccounts/token"}),
                                                  rule("", {"UPDATE"}, {"pods/ephemeralcontainers"})});
}

Rules exec() {
  return {rule("", {"CONNECT"},
               {"pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"}),
          rule("", {"UPDATE"}, {"pods/ephemeralcontainers"})};
}

// What of a workload says which pods run, and whether and how many of them. A Job says "how many" in its own words.
bool moves_pods(const AdmissionRequest& request) {
  if (request.operation != Operation::update || request.old_object.is_null()) return true;
  if (request.resource.subresource == "resize") return true;
  const auto& before = request.old_object["spec"];
  const auto& after = request.object["spec"];
  if (request.resource.resource == "pods" || request.resource.subresource == "scale") return !(before == after);
  constexpr std::array<std::string_view, 7> kFields = {"template", "jobTemplate", "replicas",   "paused",
                                                       "suspend",  "parallelism", "completions"};
  return std::ranges::any_of(kFields, [&](auto field) { return !(before[field] == after[field]); });
}

bool comes_to_secrets(const AdmissionRequest& request) {
  if (!carries_pod(request.resource)) return true;  // secrets and tokens themselves
  const auto& after = pod_spec_of(request.resource, request.object);
  const auto& before = pod_spec_of(request.resource, request.old_object);
  // "default" is what every pod runs as that names nobody, so at first it is no other account.
  if (accounts_of(after) != accounts_of(before)) return true;
  return !std::ranges::includes(secret_uses(before), secret_uses(after));
}

}  // namespace

const Rules& preset_rules(model::Preset preset) {
  static const std::array<Rules, 4> kRules = {pod_promotion(), rbac_change(), secret_access(), exec()};
  return kRules.at(static_cast<std::size_t>(preset));
}

bool preset_matches(model::Preset preset, const AdmissionRequest& request) {
  switch (preset) {
    case model::Preset::pod_promotion:
      return moves_pods(request);
    case model::Preset::secret_access:
      return comes_to_secrets(request);
    case model::Preset::rbac_change:
    case model::Preset::exec:
      return true;
  }
  return true;
}

}  // namespace sallyport::policy
