#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::kube {

// Which object, and which version of it.
struct ObjectId {
  std::string namespace_name;
  std::string name;
  std::string uid;
  std::uint64_t version = 0;  // resourceVersion: a number that grows with every write to the cluster's store

  friend bool operator==(const ObjectId&, const ObjectId&) = default;
};

[[nodiscard]] Result<std::uint64_t> parse_version(std::string_view resource_version);
// From an object's metadata.
[[nodiscard]] Result<ObjectId> read_id(const json::Value& object);
// Of a list's answer, which has its `items` then, a list or null. Anything else is an error, lest it be taken for
// "nothing is there", which would free what policies gate.
[[nodiscard]] Result<std::uint64_t> read_list_version(const json::Value& list);

// The objects of a collection as far as we heard of them, by identity alone, and up to which version that is all there
// was to hear. No I/O; a value, one thread at a time.
class KnownObjects {
 public:
  enum class News { none, added, modified, replaced };  // replaced: another object of the same name

  // What the collection holds by a list, whatever we knew: also an older version, after the store was restored.
  News set(const ObjectId& object);
  // What a watch tells: nothing new where we know it, or something newer, already.
  News observe(const ObjectId& object);
  // false: we did not know it, or know a newer one.
  bool remove(const ObjectId& object);
  // Forgets what is not in a list, and gives what that was.
  std::vector<ObjectId> keep_only(const std::vector<ObjectId>& listed);

  [[nodiscard]] const ObjectId* find(const ObjectId& object) const;
  [[nodiscard]] std::uint64_t position() const { return position_; }
  void move_to(std::uint64_t position) { position_ = position; }

  // Do we know all that a list showed, which began when our position was `position_before`? Where it is behind what we
  // had heard by then, the store was restored, and nothing we know holds any more.
  [[nodiscard]] bool is_up_to(std::uint64_t list_version, const std::vector<ObjectId>& listed,
                              std::uint64_t position_before) const;

 private:
  using Key = std::pair<std::string, std::string>;
  [[nodiscard]] static Key key_of(const ObjectId& object) { return {object.namespace_name, object.name}; }

  std::map<Key, ObjectId> objects_;
  std::uint64_t position_ = 0;
};

}  // namespace sallyport::kube
