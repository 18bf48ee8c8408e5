#include "action/field_finder.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;

// A list has one set of merge keys in each API version. Each has an index, so there is a limit: a field by further
// sets, which no server writes, counts as not there.
constexpr std::size_t kMostKeySets = 8;

std::vector<std::string> names_of(const Value& keys) {
  std::vector<std::string> names;
  for (const auto& member : keys.members()) names.push_back(member.key);
  std::ranges::sort(names);
  return names;
}

// Canonical JSON has no line break. What an element lacks counts as null.
std::string values_of(const Value& element, const std::vector<std::string>& names) {
  std::string values;
  for (const auto& name : names) values += json::write_canonical(element[name]) + '\n';
  return values;
}

std::optional<std::size_t> at_key(const std::unordered_map<std::string, std::size_t>& index, const std::string& key) {
  const auto found = index.find(key);
  return found == index.end() ? std::nullopt : std::optional(found->second);
}

template <typename KeyOf>
std::unordered_map<std::string, std::size_t> index_of(const Value& list, KeyOf key_of) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < list.items().size(); ++i) index.try_emplace(key_of(list.items()[i]), i);
  return index;
}

}  // namespace

Place FieldFinder::find(const Field& field) {
  std::vector<Path::Step> steps;
  const Value* at = &object_;
  for (const auto& key : field) {
    auto step = step_into(*at, key);
    if (!step) return {Path(std::move(steps)), nullptr};
    const auto* name = std::get_if<std::string>(&*step);
    at = name ? find_member(*at, *name) : &at->items()[std::get<std::size_t>(*step)];
    steps.push_back(std::move(*step));
  }
  return {Path(std::move(steps)), at};
}

// Where in `at` the key points; nothing: there is no such member or element.
std::optional<Path::Step> FieldFinder::step_into(const Value& at, std::string_view key) {
  const auto rest = key.substr(std::min<std::size_t>(2, key.size()));
  if (key.starts_with("f:")) {
    return find_member(at, rest) ? std::optional<Path::Step>(std::string(rest)) : std::nullopt;
  }
  std::optional<std::size_t> index;
  if (key.starts_with("i:")) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc() && number < at.items().size()) index = number;
  } else if (const auto wanted = json::parse(rest)) {
    if (key.starts_with("k:")) index = find_by_keys(at, *wanted);
    if (key.starts_with("v:")) index = find_by_value(at, *wanted);
  }
  return index ? std::optional<Path::Step>(*index) : std::nullopt;
}

const Value* FieldFinder::find_member(const Value& map, std::string_view name) {
  const auto* found = maps_.try_emplace(&map, map.members()).first->second.find(name, 0);
  return found ? &found->value : nullptr;
}

std::optional<std::size_t> FieldFinder::find_by_keys(const Value& list, const Value& keys) {
  auto names = names_of(keys);
  const auto wanted = values_of(keys, names);
  auto& by_keys = lists_[&list].by_keys;
  auto known = by_keys.find(names);
  if (known == by_keys.end() && by_keys.size() == kMostKeySets) return std::nullopt;
  if (known == by_keys.end()) {
    auto index = index_of(list, [&](const Value& each) { return values_of(each, names); });
    known = by_keys.emplace(std::move(names), std::move(index)).first;
  }
  return at_key(known->second, wanted);
}

std::optional<std::size_t> FieldFinder::find_by_value(const Value& list, const Value& value) {
  auto& by_value = lists_[&list].by_value;
  if (!by_value) by_value = index_of(list, json::write_canonical);
  return at_key(*by_value, json::write_canonical(value));
}

}  // namespace sallyport::action
