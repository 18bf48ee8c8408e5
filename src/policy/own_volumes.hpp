#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace sallyport::policy {

// The PersistentVolumes that are bound to Sallyport's own claims. Immutable once filled; any thread.
class OwnVolumes {
 public:
  void add(const json::Value& volume);

  [[nodiscard]] bool is_named(std::string_view name) const { return names_.contains(name); }
  // Does the object name one of them (VolumeAttachment), or the storage behind one, by whatever driver it is reached
  // (PersistentVolume, VolumeAttachment, VolumeSnapshotContent)?
  [[nodiscard]] bool points_to(const json::Value& object) const;

  friend bool operator==(const OwnVolumes&, const OwnVolumes&) = default;

 private:
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> handles_;                // of drivers, disks and images
  std::set<std::string, std::less<>> paths_;                  // on a node
  std::vector<std::pair<std::string, std::string>> exports_;  // of file servers: server and path
};

}  // namespace sallyport::policy
