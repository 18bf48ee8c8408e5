#include "effects/added.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "effects/line.hpp"

namespace sallyport::effects {
namespace {

using json::Value;
using model::Effects;

// Each write of these kinds goes through them, and the log tells them at each start.
constexpr std::size_t kMostEntries = 100;
constexpr std::size_t kMostFields = 500;
constexpr std::size_t kLongestPath = 256;
constexpr std::size_t kMostSteps = 24;
constexpr std::size_t kLongestName = 253;

constexpr Effects kOfGuard{model::Effect::own, model::Effect::speaks};

std::unexpected<Error> bad(const std::string& place, const std::string& why) {
  return fail(ErrorCode::bad_input, place + ": " + why);
}

std::string allowed_names() {
  std::string names;
  for (const auto effect : Effects::all().list()) {
    if (!kOfGuard.has(effect)) names += (names.empty() ? "" : ", ") + std::string(to_string(effect));
  }
  return names;
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, fits);
}

bool is_resource(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  return is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

Result<Effects> read_effects(const std::string& place, const Value& list) {
  if (!list.is_array() || list.items().empty()) {
    return bad(place, "must be a list of effects; allowed are " + allowed_names());
  }
  Effects effects;
  for (const auto& item : list.items()) {
    const auto effect = model::parse_effect(item.text());
    if (!effect || kOfGuard.has(*effect)) {
      const auto name = item.is_string() ? "\"" + std::string(item.text()) + "\"" : "what stands there";
      return bad(place, name + (effect ? " is the built-in guard's own, and cannot be given" : " is no effect") +
                            "; allowed are " + allowed_names());
    }
    effects |= {*effect};
  }
  return effects;
}

Result<void> check_path(const std::string& place, const std::string& path) {
  const bool is_plain = std::ranges::none_of(path, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); });
  const auto steps = read_steps(path);
  if (path.empty() || path.size() > kLongestPath || !is_plain || !steps || steps->size() > kMostSteps) {
    return bad(place, fmt::format("must be a path of at most {} bytes and {} steps, such as spec.steps.run, "
                                  "data['a.b'] or \".\" for all of it; lists have no places of their own",
                                  kLongestPath, kMostSteps));
  }
  return {};
}

Result<AddedEffects> read_entry(const std::string& place, const Value& entry) {
  if (!entry.is_object()) return bad(place, "must have group, resource and fields");
  for (const auto& [key, value] : entry.members()) {
    if (key != "group" && key != "resource" && key != "fields") {
      return bad(place, "has no member \"" + key + "\"; known are fields, group, resource");
    }
  }
  AddedEffects added{
      .group = std::string(entry["group"].text()), .resource = std::string(entry["resource"].text()), .fields = {}};
  if (!entry["group"].is_string() || !(added.group.empty() || is_name(added.group))) {
    return bad(place + ".group", "must be the name of an API group, such as example.com, or \"\" for the core group");
  }
  if (!is_resource(added.resource)) {
    return bad(place + ".resource",
               "must be the plural name of a resource, such as widgets, or of a part, such as widgets/status");
  }
  const auto& fields = entry["fields"];
  if (!fields.is_object() || fields.members().empty()) {
    return bad(place + ".fields", "must say what fields do, such as {spec.command: [RunsCode]}");
  }
  for (const auto& [path, list] : fields.members()) {
    const auto field = place + ".fields[\"" + path.substr(0, kLongestPath) + "\"]";
    if (const auto checked = check_path(field, path); !checked) return fail(checked.error());
    auto effects = read_effects(field, list);
    if (!effects) return fail(effects.error());
    added.fields.push_back({path, *effects});
  }
  return added;
}

}  // namespace

Result<std::vector<AddedEffects>> read_added(const Value& list) {
  if (list.is_null()) return std::vector<AddedEffects>{};
  if (!list.is_array()) return bad("effects", "must be a list");
  if (list.items().size() > kMostEntries) return bad("effects", fmt::format("has more than {} entries", kMostEntries));
  std::vector<AddedEffects> all;
  std::size_t fields = 0;
  for (const auto& item : list.items()) {
    const auto place = fmt::format("effects[{}]", all.size());
    auto entry = read_entry(place, item);
    if (!entry) return fail(entry.error());
    fields += entry->fields.size();
    if (fields > kMostFields) return bad(place, fmt::format("there are more than {} fields in all", kMostFields));
    const auto is_same = [&](const auto& other) {
      return other.group == entry->group && other.resource == entry->resource;
    };
    if (std::ranges::any_of(all, is_same)) {
      return bad(place,
                 entry->resource + " of group \"" + entry->group + "\" stands there twice: put all its fields in one");
    }
    all.push_back(std::move(*entry));
  }
  return all;
}

Value write_added(const std::vector<AddedEffects>& added) {
  auto list = Value::array();
  for (const auto& entry : added) {
    auto fields = Value::object();
    for (const auto& field : entry.fields) {
      auto names = Value::array();
      for (const auto effect : field.effects.list()) names.push(to_string(effect));
      fields.set(field.path, std::move(names));
    }
    list.push(
        Value::object().set("group", entry.group).set("resource", entry.resource).set("fields", std::move(fields)));
  }
  return list;
}

void add_path(AddedNode& root, const std::vector<std::string>& steps, Effects effects) {
  auto* node = &root;
  node->all |= effects;
  for (const auto& step : steps) {
    auto& inner = node->inner[step];
    if (!inner) inner = std::make_unique<AddedNode>();
    node = inner.get();
    node->all |= effects;
  }
  node->here |= effects;
}

std::vector<const AddedNode*> step_inside(const std::vector<const AddedNode*>& nodes, std::string_view step) {
  std::vector<const AddedNode*> inside;
  for (const auto* node : nodes) {
    if (const auto named = node->inner.find(step); named != node->inner.end()) inside.push_back(named->second.get());
    if (const auto any = node->inner.find("*"); any != node->inner.end() && step != "*") {
      inside.push_back(any->second.get());
    }
  }
  return inside;
}

}  // namespace sallyport::effects
