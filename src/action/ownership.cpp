#include "action/ownership.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "action/field_finder.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;
using model::AdmissionRequest;

constexpr std::string_view kItself = ".";
constexpr std::string_view kOwned = "owned";

struct Manager {
  std::string name;
  std::string operation;
  std::string version;  // an Update of another API version is another entry
  std::string subresource;

  friend auto operator<=>(const Manager&, const Manager&) = default;
};
using Owners = std::map<Manager, std::set<Field>>;

// A map or element of which parts are owned, too, is named by a "." in it, which is not kept: without parts it is named
// by itself.
void add_fields(const Value& fields, Field& at, std::set<Field>& owned) {
  for (const auto& [key, below] : fields.members()) {
    if (key == kItself) {
      owned.insert(at);
      continue;
    }
    at.push_back(key);
    if (below.members().empty())
      owned.insert(at);
    else
      add_fields(below, at, owned);
    at.pop_back();
  }
}

Owners owners_in(const Value& object) {
  Owners owners;
  for (const Value& entry : object["metadata"]["managedFields"].items()) {
    Manager manager{std::string(entry["manager"].text()), std::string(entry["operation"].text()),
                    std::string(entry["apiVersion"].text()), std::string(entry["subresource"].text())};
    if (manager.operation == "Apply") manager.version.clear();
    Field at;
    add_fields(entry["fieldsV1"], at, owners[std::move(manager)]);
  }
  return owners;
}

// Does the write change the value of a field? Where parts of it have owners of their own, only its coming and going is
// the field's own change.
class Changed {
 public:
  Changed(FieldFinder& old_object, FieldFinder& object, const Owners& before, const Owners& after)
      : old_object_(old_object), object_(object) {
    for (const auto* owners : {&before, &after})
      for (const auto& [manager, fields] : *owners)
        for (const auto& field : fields) owned_.push_back(&field);
    std::ranges::sort(owned_, {}, dereferenced);
  }

  [[nodiscard]] bool holds(const Field& field) const {
    const Value* from = old_object_.find(field).value;
    const Value* to = object_.find(field).value;
    if (!from || !to) return from != to;
    return !has_parts(field) && !(*from == *to);
  }

 private:
  static const Field& dereferenced(const Field* field) { return *field; }

  // In order, a field's parts follow it.
  [[nodiscard]] bool has_parts(const Field& field) const {
    const auto next = std::ranges::upper_bound(owned_, field, {}, dereferenced);
    return next != owned_.end() && std::ranges::mismatch(**next, field).in2 == field.end();
  }

  FieldFinder& old_object_;
  FieldFinder& object_;
  std::vector<const Field*> owned_;  // by anybody, in order; they are the owners'
};

bool has_manager(const Owners& owners, std::string_view name) {
  return std::ranges::any_of(owners, [name](const auto& entry) { return entry.first.name == name; });
}

// Which gains follow from the write.
class OwnGains {
 public:
  OwnGains(const AdmissionRequest& request, const Owners& before, const Changed& changed)
      : request_(request),
        changed_(changed),
        own_(request.options["fieldManager"].text()),
        stood_(has_manager(before, own_)) {}

  [[nodiscard]] bool hold(const Manager& manager, const Field& field) const {
    if (manager.subresource != request_.resource.subresource) return false;
    // Without a fieldManager the API server takes a name from the User-Agent header, which it does not tell us.
    if (own_.empty() ? manager.operation == "Apply" : manager.name != own_) return false;
    return manager.operation == "Apply" ? !stood_ : changed_.holds(field);
  }

 private:
  const AdmissionRequest& request_;
  const Changed& changed_;
  std::string_view own_;
  bool stood_;
};

std::string text_of(const Manager& manager) {
  std::string text = manager.name + " (" + manager.operation;
  if (!manager.version.empty()) text += ", " + manager.version;
  return text + (manager.subresource.empty() ? ")" : ", " + manager.subresource + ")");
}

// f:spec is "spec"; other keys stand as they are, and so does one that would look like them.
std::string text_of(const Field& field) {
  std::vector<Path::Step> steps;
  for (const auto& key : field) {
    const bool is_plain = key.starts_with("f:") && key.find(':', 2) == std::string::npos;
    steps.emplace_back(is_plain ? key.substr(2) : key);
  }
  return to_string(Path(std::move(steps)));
}

const std::set<Field>& fields_of(const Owners& owners, const Manager& manager) {
  static const std::set<Field> none;
  const auto found = owners.find(manager);
  return found == owners.end() ? none : found->second;
}

// What a side holds of managers' fields, in their order and each once.
class OwnedFields {
 public:
  void add_manager(const std::string& manager) {
    if (managers_.try_emplace(manager, order_.size()).second) order_.push_back({manager, {}, {}});
  }
  void add(const std::string& manager, const std::string& field) {
    auto& entry = order_[managers_.at(manager)];
    if (entry.known.insert(field).second) entry.fields.push_back({field, kOwned});
  }
  [[nodiscard]] Value take() {
    Value owners;
    for (auto& [manager, fields, known] : order_) owners.set(manager, std::move(fields));
    return owners;
  }

 private:
  struct Entry {
    std::string manager;
    Value::Object fields;
    std::set<std::string> known;
  };
  std::map<std::string, std::size_t> managers_;
  std::vector<Entry> order_;
};

}  // namespace

std::vector<OwnershipChange> ownership_changes(const AdmissionRequest& request) {
  // As nearly always: a write that the API server has not been told anything about owners by, and that moves none.
  if (request.old_object["metadata"]["managedFields"] == request.object["metadata"]["managedFields"]) return {};
  const Owners before = owners_in(request.old_object);
  const Owners after = owners_in(request.object);
  FieldFinder old_object(request.old_object);
  FieldFinder object(request.object);
  const Changed changed(old_object, object, before, after);
  const OwnGains own(request, before, changed);
  std::vector<OwnershipChange> changes;
  const auto add = [&](const Manager& manager, const Field& field, bool gained) {
    auto place = object.find(field);
    if (!place.value) place = old_object.find(field);
    changes.push_back({text_of(manager), text_of(field), std::move(place.path), gained});
  };
  for (const auto& [manager, fields] : before)
    for (const auto& field : fields)
      if (!fields_of(after, manager).contains(field) && !changed.holds(field)) add(manager, field, false);
  for (const auto& [manager, fields] : after)
    for (const auto& field : fields)
      if (!fields_of(before, manager).contains(field) && !own.hold(manager, field)) add(manager, field, true);
  return changes;
}

void replace_managed_fields(const std::vector<OwnershipChange>& changes, Value& before, Value& after) {
  OwnedFields lost;
  OwnedFields gained;
  for (const auto& change : changes) {
    // Both name the manager, so that the differences are its fields.
    for (auto* side : {&lost, &gained}) side->add_manager(change.manager);
    (change.gained ? gained : lost).add(change.manager, change.field);
  }
  const auto put = [](Value& object, Value owners) {
    Value* metadata = object.find_mutable("metadata");
    if (!metadata || !metadata->is_object()) return;
    if (owners.is_null())
      metadata->erase("managedFields");
    else
      metadata->set("managedFields", std::move(owners));
  };
  put(before, lost.take());
  put(after, gained.take());
}

}  // namespace sallyport::action
