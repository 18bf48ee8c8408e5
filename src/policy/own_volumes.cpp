#include "policy/own_volumes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sallyport::policy {
namespace {

using json::Value;

// Where each kind of source says which storage it is.
struct Handle {
  std::string_view source;
  std::string_view member;
};
constexpr auto kHandles = std::to_array<Handle>({
    {"csi", "volumeHandle"},
    {"awsElasticBlockStore", "volumeID"},
    {"azureDisk", "diskURI"},
    {"azureFile", "shareName"},
    {"cephfs", "path"},
    {"cinder", "volumeID"},
    {"gcePersistentDisk", "pdName"},
    {"glusterfs", "path"},
    {"iscsi", "iqn"},
    {"portworxVolume", "volumeID"},
    {"quobyte", "volume"},
    {"rbd", "image"},
    {"scaleIO", "volumeName"},
    {"storageos", "volumeName"},
    {"vsphereVolume", "volumePath"},
});

// One path is the other, or lies in it.
bool overlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  while (a.ends_with('/')) a.remove_suffix(1);
  return b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '/');
}

// "aws://eu-west-1a/vol-1" and "vol-1" are one disk: in-tree drivers spell it the longer way.
bool same_handle(std::string_view text, std::string_view handle) {
  if (!text.ends_with(handle)) return false;
  return text.size() == handle.size() || text[text.size() - handle.size() - 1] == '/';
}

// Any text in it, however deep.
bool any_text(const Value& value, const auto& matching) {
  if (value.is_string()) return matching(value.text());
  const auto within = [&](const auto& each) { return any_text(each, matching); };
  return std::ranges::any_of(value.items(), within) ||
         std::ranges::any_of(value.members(), [&](const auto& member) { return any_text(member.value, matching); });
}

// A PersistentVolume's own spec, or that which a VolumeAttachment carries.
const Value& volume_spec(const Value& object) {
  const Value& inline_spec = object["spec"]["source"]["inlineVolumeSpec"];
  return inline_spec.is_object() ? inline_spec : object["spec"];
}

std::string_view node_path(const Value& spec) {
  const auto host = spec["hostPath"]["path"].text();
  return host.empty() ? spec["local"]["path"].text() : host;
}

}  // namespace

void OwnVolumes::add(const Value& volume) {
  names_.emplace(volume["metadata"]["name"].text());
  const Value& spec = volume["spec"];
  for (const auto& [source, member] : kHandles) {
    if (const auto handle = spec[source][member].text(); !handle.empty()) handles_.emplace(handle);
  }
  if (const auto path = node_path(spec); !path.empty()) paths_.emplace(path);
  if (const Value& nfs = spec["nfs"]; nfs.is_object()) exports_.emplace_back(nfs["server"].text(), nfs["path"].text());
}

bool OwnVolumes::points_to(const Value& object) const {
  const Value& spec = volume_spec(object);
  const bool named = is_named(object["spec"]["source"]["persistentVolumeName"].text());
  const bool same_disk = any_text(spec, [&](std::string_view text) {
    return std::ranges::any_of(handles_, [&](const auto& handle) { return same_handle(text, handle); });
  });
  const auto path = node_path(spec);
  const bool same_path =
      !path.empty() && std::ranges::any_of(paths_, [&](const auto& own) { return overlap(own, path); });
  const Value& nfs = spec["nfs"];
  const bool same_export = std::ranges::any_of(exports_, [&](const auto& own) {
    return own.first == nfs["server"].text() && overlap(own.second, nfs["path"].text());
  });
  return named || same_disk || same_path || same_export;
}

}  // namespace sallyport::policy
