#include "action/relevance.hpp"

#include <algorithm>
#include <array>

namespace sallyport::action {
namespace {

constexpr auto kDecisive = std::to_array<std::string_view>({
    "aggregationRule", "args",           "automountServiceAccountToken",
    "clientConfig",    "command",        "externalIPs",
    "finalizers",      "hostIPC",        "hostNetwork",
    "hostPID",         "hostPath",       "hostUsers",
    "image",           "managedFields",  "nodeName",
    "ownerReferences", "paused",         "privileged",
    "replicas",        "roleRef",        "rules",
    "securityContext", "serviceAccount", "serviceAccountName",
    "subjects",        "suspend",        "webhooks",
});

// Telling as well, but an object may hold hundreds of them.
constexpr auto kWeighty = std::to_array<std::string_view>({
    "env",
    "envFrom",
    "ephemeralContainers",
    "hostAliases",
    "hostPort",
    "imagePullSecrets",
    "lifecycle",
    "ports",
    "runtimeClassName",
    "volumeDevices",
    "volumeMounts",
    "volumes",
});

}  // namespace

Relevance relevance_of_key(std::string_view key) {
  if (std::ranges::find(kDecisive, key) != kDecisive.end()) return Relevance::decisive;
  return std::ranges::find(kWeighty, key) != kWeighty.end() ? Relevance::weighty : Relevance::plain;
}

Relevance relevance_of(const json::Path& path) {
  auto best = Relevance::plain;
  for (const auto& step : path.steps())
    if (const auto* key = std::get_if<std::string>(&step)) best = std::min(best, relevance_of_key(*key));
  return best;
}

Relevance relevance_of(const json::Value& value) {
  auto best = Relevance::plain;
  for (const auto& [key, member] : value.members())
    best = std::min({best, relevance_of_key(key), relevance_of(member)});
  for (const auto& item : value.items()) best = std::min(best, relevance_of(item));
  return best;
}

}  // namespace sallyport::action
