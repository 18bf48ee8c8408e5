#include "policy/guard_reach.hpp"

#include <string_view>

#include "effects/pod_carrier.hpp"
#include "policy/guard_identity.hpp"
#include "policy/node_reach.hpp"

namespace sallyport::policy {
namespace {

using json::Value;

// Of a PersistentVolume, or of the volume that stands in a VolumeAttachment.
const Value& volume_spec(const Value& object) {
  const auto& spec = object["spec"];
  const auto& inlined = spec["source"]["inlineVolumeSpec"];
  return inlined.is_null() ? spec : inlined;
}

Why is_directory_of_node(const GuardCase& it) {
  const auto& spec = volume_spec(it.request.object);
  if (spec == volume_spec(it.request.old_object)) return std::nullopt;
  for (const std::string_view kind : {"hostPath", "local"}) {
    if (spec[kind].is_object()) return "it is a directory of a node (" + std::string(kind) + ")";
  }
  return std::nullopt;
}

// A pod that stays what it is reaches no more than before. Some of the baseline stands in its annotations.
Why is_outside_baseline(const GuardCase& it) {
  const auto& resource = it.request.resource;
  if (auto why = respelled_pod(it)) return why;
  const auto& pod = effects::pod_of(resource, it.request.object);
  const auto& before = effects::pod_of(resource, it.request.old_object);
  const auto& [metadata, spec] = std::tie(pod["metadata"], pod["spec"]);
  if (spec.is_null()) return std::nullopt;
  if (spec == before["spec"] && metadata["annotations"] == before["metadata"]["annotations"]) return std::nullopt;
  return outside_baseline(metadata, spec);
}

bool is_core(const model::Resource& resource, std::string_view plural) {
  return resource.group.empty() && resource.resource == plural;
}

}  // namespace

Says reaches_node(const GuardCase& it) {
  const auto& resource = it.request.resource;
  if (is_core(resource, "nodes")) return "what runs on a node, and who reaches it, is decided there";
  return effects::carries_pod(resource) ? is_outside_baseline(it) : is_directory_of_node(it);
}

}  // namespace sallyport::policy
