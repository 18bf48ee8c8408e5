#include "action/relevance.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <variant>

namespace sallyport::action {
namespace {

constexpr auto kGrave = std::to_array<std::string_view>({
    "add",  // of capabilities
    "aggregationRule",
    "allowPrivilegeEscalation",
    "clientConfig",
    "externalIPs",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPath",
    "privileged",
    "procMount",
    "roleRef",
    "rules",
    "serviceAccount",
    "serviceAccountName",
    "subjects",
    "webhooks",
});

constexpr auto kDecisive = std::to_array<std::string_view>({
    "args",
    "automountServiceAccountToken",
    "command",
    "finalizers",
    "hostUsers",
    "image",
    "managedFields",
    "nodeName",
    "ownerReferences",
    "paused",
    "replicas",
    "securityContext",
    "suspend",
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

bool contains(std::span<const std::string_view> keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}

// "registry.example/api" of "registry.example/api:1@sha256:...".
std::string_view repository_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const auto name = image.rfind('/');
  return image.substr(0, image.find(':', name == std::string_view::npos ? 0 : name));
}

bool ends_in_image(const json::Path& path) {
  const auto* key = path.empty() ? nullptr : std::get_if<std::string>(&path.steps().back());
  return key != nullptr && *key == "image";
}

// Not there, or as if it were not.
bool is_off(const json::Value* value) {
  return value == nullptr || value->is_null() || (value->is_bool() && !value->truth());
}

}  // namespace

Relevance relevance_of_key(std::string_view key) {
  if (contains(kGrave, key)) return Relevance::grave;
  if (contains(kDecisive, key)) return Relevance::decisive;
  return contains(kWeighty, key) ? Relevance::weighty : Relevance::plain;
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

Relevance relevance_of(const json::Change& change) {
  auto best = relevance_of(change.path);
  if (change.from) best = std::min(best, relevance_of(*change.from));
  if (change.to) best = std::min(best, relevance_of(*change.to));
  if (best == Relevance::grave && is_off(change.to)) return Relevance::decisive;
  const bool moves = change.from && change.to && ends_in_image(change.path) &&
                     repository_of(change.from->text()) != repository_of(change.to->text());
  return moves ? Relevance::grave : best;
}

}  // namespace sallyport::action
