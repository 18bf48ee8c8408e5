#include "action/ownership.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>

#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;
using model::AdmissionRequest;

constexpr std::string_view kItself = ".";
constexpr std::string_view kOwned = "owned";

// A field as FieldsV1 names it: keys such as f:spec, k:{"name":"api"}, v:"x", i:0. A map or element of which parts are
// owned, too, is named by a "." in it, which is not kept: without parts it is named by itself.
using Field = std::vector<std::string>;

struct Manager {
  std::string name;
  std::string operation;
  std::string version;  // an Update of another API version is another entry
  std::string subresource;

  friend auto operator<=>(const Manager&, const Manager&) = default;
};
using Owners = std::map<Manager, std::set<Field>>;

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

bool has_keys(const Value& element, const Value& keys) {
  return std::ranges::all_of(keys.members(), [&](const auto& key) { return element[key.key] == key.value; });
}

template <typename Predicate>
std::optional<std::size_t> find_element(const Value& list, Predicate is_meant) {
  const auto found = std::ranges::find_if(list.items(), is_meant);
  if (found == list.items().end()) return std::nullopt;
  return static_cast<std::size_t>(found - list.items().begin());
}

// Where in `at` the key points; nothing: there is no such member or element.
std::optional<Path::Step> step_into(const Value& at, std::string_view key) {
  const auto rest = key.substr(std::min<std::size_t>(2, key.size()));
  if (key.starts_with("f:")) return at.find(rest) ? std::optional<Path::Step>(std::string(rest)) : std::nullopt;
  std::optional<std::size_t> index;
  if (key.starts_with("i:")) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc() && number < at.items().size()) index = number;
  } else if (const auto wanted = json::parse(rest)) {
    if (key.starts_with("k:")) index = find_element(at, [&](const Value& each) { return has_keys(each, *wanted); });
    if (key.starts_with("v:")) index = find_element(at, [&](const Value& each) { return each == *wanted; });
  }
  return index ? std::optional<Path::Step>(*index) : std::nullopt;
}

struct Place {
  Path path;                     // as far as the object goes along
  const Value* value = nullptr;  // null: it has no such field
};

Place find_field(const Value& object, const Field& field) {
  std::vector<Path::Step> steps;
  const Value* at = &object;
  for (const auto& key : field) {
    auto step = step_into(*at, key);
    if (!step) return {Path(std::move(steps)), nullptr};
    const auto* name = std::get_if<std::string>(&*step);
    at = name ? at->find(*name) : &at->items()[std::get<std::size_t>(*step)];
    steps.push_back(std::move(*step));
  }
  return {Path(std::move(steps)), at};
}

// Does the write change the value of a field? Where parts of it have owners of their own, only its coming and going is
// the field's own change.
class Changed {
 public:
  Changed(const AdmissionRequest& request, const Owners& before, const Owners& after) : request_(request) {
    for (const auto* owners : {&before, &after})
      for (const auto& [manager, fields] : *owners)
        for (const auto& field : fields)
          for (std::size_t length = 1; length < field.size(); ++length)
            with_parts_.emplace(field.begin(), field.begin() + static_cast<std::ptrdiff_t>(length));
  }

  [[nodiscard]] bool holds(const Field& field) const {
    const Value* from = find_field(request_.old_object, field).value;
    const Value* to = find_field(request_.object, field).value;
    if (!from || !to) return from != to;
    return !with_parts_.contains(field) && !(*from == *to);
  }

 private:
  const AdmissionRequest& request_;
  std::set<Field> with_parts_;
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
  Path path;
  for (const auto& key : field) {
    const bool is_plain = key.starts_with("f:") && key.find(':', 2) == std::string::npos;
    path = path / (is_plain ? std::string_view(key).substr(2) : std::string_view(key));
  }
  return to_string(path);
}

const std::set<Field>& fields_of(const Owners& owners, const Manager& manager) {
  static const std::set<Field> none;
  const auto found = owners.find(manager);
  return found == owners.end() ? none : found->second;
}

Path path_of(const AdmissionRequest& request, const Field& field) {
  auto place = find_field(request.object, field);
  return place.value ? place.path : find_field(request.old_object, field).path;
}

}  // namespace

std::vector<OwnershipChange> ownership_changes(const AdmissionRequest& request) {
  // As nearly always: a write that the API server has not been told anything about owners by, and that moves none.
  if (request.old_object["metadata"]["managedFields"] == request.object["metadata"]["managedFields"]) return {};
  const Owners before = owners_in(request.old_object);
  const Owners after = owners_in(request.object);
  const Changed changed(request, before, after);
  const OwnGains own(request, before, changed);
  std::vector<OwnershipChange> changes;
  const auto add = [&](const Manager& manager, const Field& field, bool gained) {
    changes.push_back({text_of(manager), text_of(field), path_of(request, field), gained});
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
  Value lost;
  Value gained;
  for (const auto& change : changes) {
    // Both name the manager, so that the differences are its fields.
    for (Value* side : {&lost, &gained})
      if (!side->find(change.manager)) side->set(change.manager, Value::object());
    (change.gained ? gained : lost).find_mutable(change.manager)->set(change.field, kOwned);
  }
  const auto put = [](Value& object, Value owners) {
    Value* metadata = object.find_mutable("metadata");
    if (!metadata || !metadata->is_object()) return;
    if (owners.is_null())
      metadata->erase("managedFields");
    else
      metadata->set("managedFields", std::move(owners));
  };
  put(before, std::move(lost));
  put(after, std::move(gained));
}

}  // namespace sallyport::action
