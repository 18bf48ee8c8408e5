#include "action/secrets.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;

constexpr std::array<std::string_view, 4> kShownFields = {"apiVersion", "kind", "type", "immutable"};
constexpr std::array<std::string_view, 9> kShownMetadata = {"name",
                                                            "generateName",
                                                            "namespace",
                                                            "uid",
                                                            "labels",
                                                            "ownerReferences",
                                                            "finalizers",
                                                            "deletionTimestamp",
                                                            "deletionGracePeriodSeconds"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view key_at(const Path& path, std::size_t index) {
  const auto* key = index < path.steps().size() ? std::get_if<std::string>(&path.steps()[index]) : nullptr;
  return key ? std::string_view(*key) : std::string_view();
}

Value hashed(const Value& value, const Secret& key) {
  Hasher hasher(key);
  hasher.field("sallyport secret value").field(json::write_canonical(value));
  return "hmac-sha256:" + hex(hasher.finish());
}

// Of a map each value, of anything else the whole.
void hash_values(Value& value, const Secret& key) {
  if (!value.is_object()) {
    value = hashed(value, key);
    return;
  }
  for (auto& member : value.mutable_members()) member.value = hashed(member.value, key);
}

void redact_metadata(Value& metadata, const Secret& key) {
  if (!metadata.is_object()) return hash_values(metadata, key);
  for (auto& member : metadata.mutable_members())
    if (!contains(kShownMetadata, member.key)) hash_values(member.value, key);
}

}  // namespace

bool is_secret(const model::AdmissionRequest& request) {
  const auto is_kind = [](const Value& object) {
    return object["kind"].text() == "Secret" && object["apiVersion"].text() == "v1";
  };
  return (request.resource.group.empty() && request.resource.resource == "secrets") || is_kind(request.object) ||
         is_kind(request.old_object);
}

bool is_shown_of_secret(const Path& path) {
  const auto first = key_at(path, 0);
  return contains(kShownFields, first) || (first == "metadata" && contains(kShownMetadata, key_at(path, 1)));
}

namespace {

// Each place once, in the order in which they came.
class Places {
 public:
  void add(const Path& at, const Value& value) {
    if (value.members().empty()) return add(at);
    for (const auto& [key, member] : value.members()) add(at / key);
  }
  [[nodiscard]] std::vector<Path> take() { return std::move(places_); }

 private:
  void add(Path place) {
    if (known_.insert(to_string(place)).second) places_.push_back(std::move(place));
  }

  std::set<std::string> known_;
  std::vector<Path> places_;
};

}  // namespace

std::vector<Path> hidden_places(const Value& before, const Value& after) {
  Places places;
  for (const Value* side : {&after, &before})
    for (const auto& [key, value] : side->members())
      if (key != "metadata" && !contains(kShownFields, key)) places.add(Path() / key, value);
  for (const Value* side : {&after, &before})
    for (const auto& [key, value] : (*side)["metadata"].members())
      if (!contains(kShownMetadata, key)) places.add(Path() / "metadata" / key, value);
  return places.take();
}

void redact(Value& secret, const Secret& key) {
  if (secret.is_null()) return;
  if (!secret.is_object()) {
    secret = hashed(secret, key);
    return;
  }
  for (auto& [name, value] : secret.mutable_members()) {
    if (name == "metadata")
      redact_metadata(value, key);
    else if (!contains(kShownFields, name))
      hash_values(value, key);
  }
}

}  // namespace sallyport::action
