#include "policy/weigher.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "json/json.hpp"
#include "model/pod_baseline.hpp"
#include "policy/node_reach.hpp"

namespace sallyport::policy {
namespace {

using action::Rank;
using action::Weight;
using json::Value;
using Steps = std::vector<json::Path::Step>;

constexpr std::size_t kMostUnlisted = 4096;
// So many steps below a pod's spec is the deepest field that the baseline judges:
// containers[].lifecycle.preStop.httpGet.host
constexpr std::size_t kDeepest = 6;
// What of a container says what runs in it.
constexpr auto kWhatRuns = std::to_array<std::string_view>({"image", "command", "args"});

const std::string* key_of(const json::Path::Step& step) {
  return std::get_if<std::string>(&step);
}

// The last key of a place.
std::string_view last_key(const Steps& place) {
  const auto found = std::find_if(place.rbegin(), place.rend(), [](const auto& step) { return key_of(step); });
  return found == place.rend() ? std::string_view() : std::string_view(*key_of(*found));
}

std::ptrdiff_t lists_in(const Steps& place) {
  return std::ranges::count_if(place, [](const auto& step) { return key_of(step) == nullptr; });
}

bool is_branch(const Value* value) {
  return value != nullptr && (!value->members().empty() || !value->items().empty());
}

// Not there, or as if it were not.
bool is_off(const Value* value) {
  return value == nullptr || value->is_null() || (value->is_bool() && !value->truth());
}

// "registry.example/api" of "registry.example/api:1@sha256:...".
std::string_view repository_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const auto name = image.rfind('/');
  return image.substr(0, image.find(':', name == std::string_view::npos ? 0 : name));
}

bool is_other_repository(std::string_view key, const Value* from, const Value* to) {
  return key == "image" && from != nullptr && to != nullptr && repository_of(from->text()) != repository_of(to->text());
}

bool adds_capability(const Steps& place, const Value* to) {
  if (is_off(to) || last_key(place) != "add") return false;
  return std::ranges::find(place, json::Path::Step("capabilities")) != place.end();
}

// An object in which this value stands at this place, from a step on, and nothing else.
Value with_only(const Steps& place, std::size_t first, const Value& value) {
  Value whole = value;
  for (std::size_t i = place.size(); i > first; --i) {
    auto outer = Value::object();
    if (const auto* key = key_of(place[i - 1])) {
      outer.set(*key, std::move(whole));
    } else {
      outer = Value::array();
      outer.push(std::move(whole));
    }
    whole = std::move(outer);
  }
  return whole;
}

// Of a pod that has nothing else, wherever in an object it stands. Every "spec" above may be its spec, and who writes
// the object may nest many: only those are tried from which the judge gets as far as here.
bool is_outside_baseline(const Steps& place, const Value& value) {
  for (std::size_t i = place.size() - std::min(place.size(), kDeepest + 1); i < place.size(); ++i) {
    const auto* key = key_of(place[i]);
    if (key == nullptr || i + 1 == place.size()) continue;
    if (*key == "spec" && outside_baseline({}, with_only(place, i + 1, value))) return true;
    if (*key == "metadata" && outside_baseline(with_only(place, i + 1, value), {})) return true;
  }
  return false;
}

// A PersistentVolume that is a directory of a node.
bool is_directory_of_node(const model::Resource& resource, const Steps& place) {
  if (!resource.group.empty() || resource.resource != "persistentvolumes" || place.size() < 2) return false;
  const auto* kind = key_of(place[1]);
  return place[0] == json::Path::Step("spec") && kind != nullptr && (*kind == "hostPath" || *kind == "local");
}

std::uint8_t order_of(const Steps& place) {
  if (std::ranges::find(kWhatRuns, last_key(place)) != kWhatRuns.end()) return 1;
  return lists_in(place) > 1 ? 3 : 2;
}

// Adds up what one place holds.
void add(Weight& heaviest, const Weight& weight) {
  heaviest.effects |= weight.effects;
  heaviest.grave = heaviest.grave || weight.grave;
  if (std::pair(weight.rank, weight.order) >= std::pair(heaviest.rank, heaviest.order)) return;
  heaviest.rank = weight.rank;
  heaviest.order = weight.order;
}

// Equal for places that differ in the indices of lists alone. Keys hold what their author likes, dots too.
std::string text_of(const Steps& place) {
  std::string text;
  for (const auto& step : place) {
    const auto* key = key_of(step);
    text += key ? std::to_string(key->size()) + ":" + *key : "[]";
  }
  return text;
}

// Texts stand there as they are, other values as JSON.
Value value_of(const std::string& text) {
  auto value = json::parse(text);
  return value && !value->is_string() ? std::move(*value) : Value(text);
}

// As much of the write as a request tells.
model::AdmissionRequest write_of(const model::Kubernetes& action) {
  model::AdmissionRequest request;
  request.resource = action.target.resource;
  request.namespace_name = action.target.namespace_name;
  request.name = action.target.name;
  request.operation = action.operation;
  return request;
}

}  // namespace

Weigher::Weigher(const effects::ReadOnce& write) : write_(write), reader_(write.table(), write.request()) {}

Weight Weigher::operator()(const Steps& place, const Value* from, const Value* to) {
  if (!is_branch(from) && !is_branch(to)) return of_leaf(place, from, to);
  Weight heaviest;
  heaviest.order = 3;
  auto deeper = place;
  if (from != nullptr) add_leaves(deeper, *from, false, heaviest);
  if (to != nullptr) add_leaves(deeper, *to, true, heaviest);
  return heaviest;
}

void Weigher::add_leaves(Steps& place, const Value& value, bool came, Weight& heaviest) {
  if (!is_branch(&value)) return add(heaviest, of_leaf(place, came ? nullptr : &value, came ? &value : nullptr));
  for (const auto& [key, member] : value.members()) {
    place.emplace_back(key);
    add_leaves(place, member, came, heaviest);
    place.pop_back();
  }
  for (const auto& item : value.items()) {
    place.emplace_back(std::size_t{0});
    add_leaves(place, item, came, heaviest);
    place.pop_back();
  }
}

Weight Weigher::of_leaf(const Steps& place, const Value* from, const Value* to) {
  const auto told = reader_.at(place, from, to);
  Weight weight{.effects = told.effects};
  const bool is_hidden = from == nullptr && to == nullptr;
  if (told.moves && !is_hidden) weight.effects |= write_.effects();
  weight.rank = action::rank_of(weight.effects);
  weight.order = order_of(place);
  const bool is_on = !is_off(to);
  if (is_on && reaches_node(place, *to, told.line)) weight.rank = std::min(weight.rank, Rank::node_reach);
  const bool reaches_further = is_other_repository(last_key(place), from, to) || adds_capability(place, to);
  if (reaches_further) weight.order = 0;
  weight.grave = is_on && (weight.rank <= Rank::node_reach || reaches_further);
  // What is taken away stands behind what comes, of whatever does the same.
  if (!is_on && weight.rank < Rank::runs_code) weight.order = 3;
  return weight;
}

bool Weigher::reaches_node(const Steps& place, const Value& to, const effects::Line* line) {
  if (is_directory_of_node(write_.request().resource, place)) return true;
  return may_reach_node(place, line) && is_outside_baseline(place, to);
}

// A value of the wrong type is outside the baseline, too. So the judge looks at a place if it refuses a text or an
// object there. This is computed once for each line of the table: a list may have a hundred thousand leaves.
bool Weigher::may_reach_node(const Steps& place, const effects::Line* line) {
  const auto is_looked_at = [&] {
    return is_outside_baseline(place, Value("")) || is_outside_baseline(place, Value::object());
  };
  if (last_key(place).starts_with(model::baseline::kAppArmorAnnotation)) return true;
  if (line != nullptr && !line->open) {
    const auto [known, is_new] = may_reach_.try_emplace(line, false);
    if (is_new) known->second = is_looked_at();
    return known->second;
  }
  const auto text = text_of(place);
  if (const auto known = may_reach_unlisted_.find(text); known != may_reach_unlisted_.end()) return known->second;
  if (may_reach_unlisted_.size() == kMostUnlisted) return is_looked_at();
  return may_reach_unlisted_.emplace(text, is_looked_at()).first->second;
}

StoredWeigher::StoredWeigher(const model::Kubernetes& action)
    : request_(write_of(action)),
      write_(effects::Table::shipped(), request_, effects::WriteEffects{model::effects_named(action.effects), ""}),
      weigher_(write_) {}

Weight StoredWeigher::operator()(const model::ShownChange& change) {
  const auto pattern = json::PathPattern::parse(change.path);
  const auto place = pattern ? pattern->as_path() : std::nullopt;
  if (!place || place->empty()) return {};
  const auto from = change.from ? std::optional(value_of(*change.from)) : std::nullopt;
  const auto to = change.to ? std::optional(value_of(*change.to)) : std::nullopt;
  return weigher_(place->steps(), from ? &*from : nullptr, to ? &*to : nullptr);
}

}  // namespace sallyport::policy
