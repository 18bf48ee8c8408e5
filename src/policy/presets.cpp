#include "policy/presets.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "action/next_apply.hpp"
#include "json/json.hpp"
#include "effects/pod_carrier.hpp"

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

Names writes() {
  return {"CREATE", "UPDATE", "DELETE"};
}

// A pod's own spec is changed by three of its parts, too: a container that is added, other resources, the node.
Rules pod_promotion() {
  return with_pod_carriers({"CREATE", "UPDATE"},
                           {rule("", {"UPDATE"}, {"pods/resize", "pods/ephemeralcontainers"}),
                            rule("", {"CREATE"}, {"pods/binding", "bindings"}), rule("*", {"UPDATE"}, {"*/scale"})});
}

Rules rbac_change() {
  return {rule("rbac.authorization.k8s.io", writes(), {"roles", "rolebindings", "clusterroles", "clusterrolebindings"}),
          rule("certificates.k8s.io", {"UPDATE"},
               {"certificatesigningrequests/approval", "certificatesigningrequests/status"})};
}

Rules secret_access() {
  return with_pod_carriers({"CREATE", "UPDATE"},
                           {rule("", writes(), {"secrets"}), rule("", {"CREATE"}, {"serviceaccounts/token"}),
                            rule("", {"UPDATE"}, {"pods/ephemeralcontainers"})});
}

Rules exec() {
  return {rule("", {"CONNECT"},
               {"pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"}),
          rule("", {"UPDATE"}, {"pods/ephemeralcontainers"})};
}

Rules token_request() {
  return {rule("", {"CREATE"}, {"serviceaccounts/token"})};
}

// Metadata can be written through a part of the object as well (deployments/status).
Rules deletion() {
  return {rule("*", {"DELETE"}, {"*/*"}), rule("", {"CREATE"}, {"pods/eviction"}), rule("*", {"UPDATE"}, {"*/*"})};
}

Rules infrastructure() {
  return {rule("", writes(), {"nodes/*", "persistentvolumes/*", "namespaces/*", "resourcequotas/*"}),
          rule("storage.k8s.io", writes(), {"*/*"}),
          rule("scheduling.k8s.io", writes(), {"priorityclasses"}),
          rule("node.k8s.io", writes(), {"runtimeclasses"}),
          rule("networking.k8s.io", writes(), {"networkpolicies/*"}),
          rule("apiextensions.k8s.io", writes(), {"customresourcedefinitions/*"}),
          rule("apiregistration.k8s.io", writes(), {"apiservices/*"})};
}

Rules everything() {
  return {rule("*", {"*"}, {"*/*"})};
}

// Does the write decide what somebody's next apply makes of what stands at, below or above one of these places?
bool moves_for_next_apply(const AdmissionRequest& request, std::span<const json::Path> places) {
  const auto is_within = [](const json::Path& outer, const json::Path& inner) {
    return outer.steps().size() <= inner.steps().size() &&
           std::equal(outer.steps().begin(), outer.steps().end(), inner.steps().begin());
  };
  return std::ranges::any_of(action::moved_for_next_apply(request), [&](const auto& moved) {
    return std::ranges::any_of(places,
                               [&](const auto& place) { return is_within(place, moved) || is_within(moved, place); });
  });
}

// What of a workload says which pods run, and whether and how many of them. A Job says "how many" in its own words.
bool moves_pods(const AdmissionRequest& request) {
  if (request.operation != Operation::update || request.old_object.is_null()) return true;
  if (request.resource.subresource == "resize") return true;
  const auto& before = request.old_object["spec"];
  const auto& after = request.object["spec"];
  const auto spec = json::Path() / "spec";
  if (request.resource.resource == "pods" || request.resource.subresource == "scale")
    return !(before == after) || moves_for_next_apply(request, std::array{spec});
  constexpr std::array<std::string_view, 7> kFields = {"template", "jobTemplate", "replicas",   "paused",
                                                       "suspend",  "parallelism", "completions"};
  if (std::ranges::any_of(kFields, [&](auto field) { return !(before[field] == after[field]); })) return true;
  std::vector<json::Path> places;
  places.reserve(kFields.size());
  for (const auto field : kFields) places.push_back(spec / field);
  return moves_for_next_apply(request, places);
}

bool comes_to_secrets(const AdmissionRequest& request) {
  if (!carries_pod(request.resource)) return true;  // secrets and tokens themselves
  const auto& after = pod_spec_of(request.resource, request.object);
  const auto& before = pod_spec_of(request.resource, request.old_object);
  // "default" is what every pod runs as that names nobody, so at first it is no other account.
  if (accounts_of(after) != accounts_of(before)) return true;
  if (!std::ranges::includes(secret_uses(before), secret_uses(after))) return true;
  // What an apply then removes may be what kept a token out.
  const std::array places{pod_spec_path(request.resource)};
  return moves_for_next_apply(request, places);
}

std::set<std::string> written(const json::Value& list) {
  std::set<std::string> texts;
  for (const auto& item : list.items()) texts.insert(json::write_canonical(item));
  return texts;
}

// What is owned goes with its owner, and what loses a finalizer may go at once.
bool leads_to_deletion(const AdmissionRequest& request) {
  if (request.operation != Operation::update || request.resource.subresource == "finalize") return true;
  const auto& before = request.old_object["metadata"];
  const auto& after = request.object["metadata"];
  if (!std::ranges::includes(written(before["ownerReferences"]), written(after["ownerReferences"])) ||
      !std::ranges::includes(written(after["finalizers"]), written(before["finalizers"])))
    return true;
  const auto metadata = json::Path() / "metadata";
  const std::array places{metadata / "ownerReferences", metadata / "finalizers"};
  return moves_for_next_apply(request, places);
}

bool always(const AdmissionRequest&) {
  return true;
}

struct Row {
  Rules rules;
  bool (*is_about)(const AdmissionRequest&);
};

// In the order of model::Preset.
const std::array<Row, 8>& table() {
  static const std::array<Row, 8> kTable = {{{pod_promotion(), moves_pods},
                                             {rbac_change(), always},
                                             {secret_access(), comes_to_secrets},
                                             {exec(), always},
                                             {token_request(), always},
                                             {deletion(), leads_to_deletion},
                                             {infrastructure(), always},
                                             {everything(), always}}};
  return kTable;
}

const Row& row_of(model::Preset preset) {
  return table().at(static_cast<std::size_t>(preset));
}

}  // namespace

const Rules& preset_rules(model::Preset preset) {
  return row_of(preset).rules;
}

bool preset_covers(model::Preset preset, const model::Envelope& envelope) {
  return std::ranges::any_of(preset_rules(preset), [&](const auto& rule) {
    return covers(rule, envelope.operation) && covers(rule, envelope.resource);
  });
}

bool preset_matches(model::Preset preset, const AdmissionRequest& request) {
  return row_of(preset).is_about(request);
}

}  // namespace sallyport::policy
