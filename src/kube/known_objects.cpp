#include "kube/known_objects.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace sallyport::kube {

Result<std::uint64_t> parse_version(std::string_view resource_version) {
  std::uint64_t version = 0;
  const char* const begin = resource_version.data();
  const char* const end = begin + resource_version.size();
  const auto [parsed, error] = std::from_chars(begin, end, version);
  if (error == std::errc{} && parsed == end && version != 0) return version;
  return fail(ErrorCode::bad_input, "a resourceVersion is no number");
}

Result<ObjectId> read_id(const json::Value& object) {
  const json::Value& metadata = object["metadata"];
  const auto version = parse_version(metadata["resourceVersion"].text());
  if (!version) return fail(version.error());
  if (metadata["name"].text().empty() || metadata["uid"].text().empty()) {
    return fail(ErrorCode::bad_input, "an object has no name or uid");
  }
  return ObjectId{std::string(metadata["namespace"].text()), std::string(metadata["name"].text()),
                  std::string(metadata["uid"].text()), *version};
}

Result<std::uint64_t> read_list_version(const json::Value& list) {
  const json::Value* const items = list.find("items");
  if (!list["kind"].text().ends_with("List") || items == nullptr || (!items->is_array() && !items->is_null())) {
    return fail(ErrorCode::bad_input, "the answer to a list is no list");
  }
  return parse_version(list["metadata"]["resourceVersion"].text());
}

KnownObjects::News KnownObjects::set(const ObjectId& object) {
  const auto [place, is_new] = objects_.try_emplace(key_of(object), object);
  if (is_new) return News::added;
  if (place->second == object) return News::none;
  const bool same = place->second.uid == object.uid;
  place->second = object;
  return same ? News::modified : News::replaced;
}

KnownObjects::News KnownObjects::observe(const ObjectId& object) {
  const ObjectId* const known = find(object);
  return known != nullptr && known->version >= object.version ? News::none : set(object);
}

bool KnownObjects::remove(const ObjectId& object) {
  const ObjectId* const known = find(object);
  if (known == nullptr || known->version > object.version) return false;
  objects_.erase(key_of(object));
  return true;
}

std::vector<ObjectId> KnownObjects::keep_only(const std::vector<ObjectId>& listed) {
  std::set<Key> names;
  for (const ObjectId& object : listed) names.insert(key_of(object));
  std::vector<ObjectId> gone;
  for (auto it = objects_.begin(); it != objects_.end();) {
    if (names.contains(it->first)) {
      ++it;
    } else {
      gone.push_back(std::move(it->second));
      it = objects_.erase(it);
    }
  }
  return gone;
}

const ObjectId* KnownObjects::find(const ObjectId& object) const {
  const auto found = objects_.find(key_of(object));
  return found == objects_.end() ? nullptr : &found->second;
}

bool KnownObjects::is_up_to(std::uint64_t list_version, const std::vector<ObjectId>& listed,
                            std::uint64_t position_before) const {
  if (list_version < position_before) return false;
  if (position_ >= list_version) return true;
  return listed.size() == objects_.size() && std::ranges::all_of(listed, [this](const ObjectId& object) {
           const ObjectId* const known = find(object);
           return known != nullptr && *known == object;
         });
}

}  // namespace sallyport::kube
