#include "effects/write.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "action/next_apply.hpp"
#include "action/token_volume.hpp"
#include "effects/judges.hpp"
#include "json/json.hpp"

namespace sallyport::effects {
namespace {

using json::Value;
using model::AdmissionRequest;
using model::Effects;
using model::Operation;

constexpr std::string_view kSharedNamespace = "kube-system";
const Value kNothing;

// A place on the way down, and the way to it.
struct Step {
  const Place& place;
  const Step* above = nullptr;
  std::string_view key = {};
};

std::string path_of(const Step& step) {
  if (step.above == nullptr) return "";
  const auto above = path_of(*step.above);
  return above.empty() ? std::string(step.key) : above + "." + std::string(step.key);
}

// What the API server itself writes into any object.
bool is_bookkeeping(const Step& step) {
  constexpr std::array<std::string_view, 4> kKeys = {"resourceVersion", "generation", "creationTimestamp", "selfLink"};
  return step.above != nullptr && step.above->key == "metadata" && step.above->above != nullptr &&
         step.above->above->above == nullptr && std::ranges::find(kKeys, step.key) != kKeys.end();
}

bool is_type(const Step& step) {
  return step.above != nullptr && step.above->above == nullptr && (step.key == "apiVersion" || step.key == "kind");
}

bool is_container(const Value& value) {
  return value.is_object() || value.is_array();
}

using Named = std::unordered_map<std::string_view, const Value*>;

bool have_names(const Value& list) {
  return std::ranges::all_of(list.items(), [](const Value& item) { return !item["name"].text().empty(); });
}

// The elements of a list under what tells them apart, their name or all that they hold, in their order. Nothing: two
// are alike, so that either may count.
class Elements {
 public:
  static std::optional<Elements> of(const Value& list, bool by_name) {
    Elements elements;
    for (const auto& item : list.items()) {
      auto key = by_name ? std::string(item["name"].text()) : json::write_canonical(item);
      if (!elements.known_.emplace(key, &item).second) return std::nullopt;
      elements.keys_.push_back(std::move(key));
    }
    return elements;
  }

  [[nodiscard]] const Value& operator[](const std::string& key) const {
    const auto found = known_.find(key);
    return found == known_.end() ? kNothing : *found->second;
  }
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }
  [[nodiscard]] std::vector<std::string> keys_also_in(const Elements& other) const {
    std::vector<std::string> shared;
    std::ranges::copy_if(keys_, std::back_inserter(shared),
                         [&](const auto& key) { return other.known_.contains(key); });
    return shared;
  }

 private:
  std::vector<std::string> keys_;
  std::unordered_map<std::string, const Value*> known_;
};

bool is_neutral(const Value& value, const Line& line) {
  if (is_empty(value)) return true;
  if (line.neutral.empty()) return false;
  const auto text = value.is_string() ? std::string(value.text()) : json::write(value);
  return std::ranges::find(line.neutral, text) != line.neutral.end();
}

// Nobody has looked at a place of Kubernetes' own kinds: a write to it may do anything.
Effects of_unknown_place(bool is_built_in) {
  return is_built_in ? Effects::all() : Effects();
}

// Reads one write. What counts are leaves: values, and objects and lists in which there is nothing.
class Reading {
 public:
  Reading(const Table& table, const AdmissionRequest& request)
      : table_(table),
        request_(request),
        judges_(request),
        root_(table.root_of(request.resource)),
        is_built_in_(table.is_built_in(request.resource)) {}

  WriteEffects read() {
    using Does = Table::Does;
    auto does = Does::connect;
    switch (request_.operation) {
      case Operation::create:
        does = Does::create;
        read_new();
        break;
      case Operation::update:
        read_update();
        does = differs_ ? Does::update : Does::same;
        break;
      case Operation::del:
        does = Does::del;
        break;
      case Operation::connect:
        break;
    }
    found_.effects |= table_.of_operation(request_.resource, does);
    return std::move(found_);
  }

 private:
  void read_new() {
    const bool is_pod = request_.resource.group.empty() && request_.resource.resource == "pods";
    auto object = is_pod ? request_.object : Value();
    if (is_pod) action::take_out_token_volume(object);
    take_all({root_}, is_pod ? object : request_.object, Side::after);
  }

  void read_update() {
    if (request_.object.is_object() && request_.old_object.is_object()) {
      compare({root_}, request_.old_object, request_.object);
    } else {
      differs_ = true;  // from what, nobody says
      found_.effects |= root_.here_and_below();
    }
    if (is_moved_) read_moved();
  }

  enum class Side { before, after };

  // Everything that came, or went.
  void take_all(const Step& step, const Value& value, Side side) {
    if (is_type(step)) return;
    for (const auto& item : value.items()) {
      take_all(step, item, side);
      if (item.is_object() && side == Side::after) take(step, kNothing, item);  // it is there, whatever it says
    }
    for (const auto& [key, inner] : value.members()) {
      const auto place = step.place.inside(key);
      take_all({place, &step, key}, inner, side);
    }
    if (step.above == nullptr || (is_container(value) && !is_empty(value))) return;
    side == Side::after ? take(step, kNothing, value) : take(step, value, kNothing);
  }

  void compare(const Step& step, const Value& before, const Value& after) {
    if (before == after || is_type(step) || is_bookkeeping(step)) return;
    if (before.is_object() && after.is_object()) return compare_members(step, before, after);
    if (before.is_array() && after.is_array()) return compare_items(step, before, after);
    if (!is_container(before) && !is_container(after)) return take(step, before, after);
    if (!before.is_null()) take_all(step, before, Side::before);
    if (!after.is_null()) take_all(step, after, Side::after);
  }

  void compare_members(const Step& step, const Value& before, const Value& after) {
    const auto compare_one = [&](std::string_view key, const Value& from, const Value& to) {
      const auto place = step.place.inside(key);
      compare({place, &step, key}, from, to);
    };
    Named known;
    for (const auto& [key, value] : before.members()) known.emplace(key, &value);
    for (const auto& [key, value] : after.members()) {
      const auto found = known.find(key);
      compare_one(key, found == known.end() ? kNothing : *found->second, value);
      if (found != known.end()) known.erase(found);
    }
    for (const auto& [key, value] : known) compare_one(key, *value, kNothing);
  }

  // The order counts: containers start one after the other, a variable may use one before it, arguments are a list.
  void compare_items(const Step& step, const Value& before, const Value& after) {
    const bool by_name = have_names(before) && have_names(after);
    const auto old = Elements::of(before, by_name), now = Elements::of(after, by_name);
    if (!old || !now || old->keys_also_in(*now) != now->keys_also_in(*old)) {
      take_all(step, before, Side::before);
      take_all(step, after, Side::after);
      return;
    }
    for (const auto& key : now->keys()) compare(step, (*old)[key], (*now)[key]);
    for (const auto& key : old->keys()) {
      if ((*now)[key].is_null()) compare(step, (*old)[key], kNothing);
    }
    if (before.items().empty()) take(step, before, kNothing);
    if (after.items().empty()) take(step, kNothing, after);
  }

  void take(const Step& step, const Value& before, const Value& after) {
    differs_ = true;
    const auto told = step.place.told();
    if (!told) return take_unknown(step);
    if (request_.operation == Operation::create && is_neutral(after, *told->line)) return;
    is_moved_ = is_moved_ || told->line->moved;
    found_.effects |= told->effects();
    for (const auto& [effect, judge] : told->line->judged) {
      const bool is_known = found_.effects.has(effect) && !lets_go(judge);
      if (!is_known && judges_.says(judge, before, after)) take_judged(effect, judge);
    }
  }

  // What goes by somebody else's hand is as gone as what the agent deletes itself.
  void take_judged(model::Effect effect, Judge judge) {
    found_.effects |= {effect};
    if (lets_go(judge)) found_.effects |= table_.of_deletion(request_.resource);
  }

  // Of a kind that others define, the table tells what it has to tell.
  void take_unknown(const Step& step) {
    if (!is_built_in_) return;
    found_.effects |= of_unknown_place(is_built_in_);
    if (found_.unclassified.empty()) found_.unclassified = path_of(step);
  }

  void read_moved() {
    for (const auto& path : action::moved_for_next_apply(request_)) {
      auto place = root_;
      for (const auto& step : path.steps()) {
        if (const auto* key = std::get_if<std::string>(&step)) place = place.inside(*key);
      }
      take_moved(place);
      if (place.goes_deeper()) found_.effects |= place.here_and_below();
    }
  }

  void take_moved(const Place& place) {
    const auto told = place.told();
    if (!told) return;  // it is there as it was
    found_.effects |= told->effects();
    for (const auto& [effect, judge] : told->line->judged) {
      if (judges_.says_of_moved(judge)) take_judged(effect, judge);
    }
  }

  const Table& table_;
  const AdmissionRequest& request_;
  Judges judges_;
  Place root_;
  bool is_built_in_;
  WriteEffects found_;
  bool differs_ = false;
  bool is_moved_ = false;
};

}  // namespace

const WriteEffects& ReadOnce::read() const {
  if (!known_) known_ = effects_of(table_, request_);
  return *known_;
}

PlaceReader::PlaceReader(const Table& table, const AdmissionRequest& request)
    : table_(table),
      request_(request),
      judges_(request),
      root_(table.root_of(request.resource)),
      is_built_in_(table.is_built_in(request.resource)) {}

// Whoever asks about one leaf after the other asks mostly about neighbours.
const Place& PlaceReader::place_at(const std::vector<json::Path::Step>& steps) {
  const auto kept = static_cast<std::size_t>(std::ranges::mismatch(steps, steps_).in1 - steps.begin());
  steps_.assign(steps.begin(), steps.end());
  places_.resize(std::min(kept, places_.size()));
  while (places_.size() < steps.size()) {
    const auto& above = places_.empty() ? root_ : places_.back();
    const auto* key = std::get_if<std::string>(&steps[places_.size()]);
    places_.push_back(key == nullptr ? above : above.inside(*key));
  }
  return places_.empty() ? root_ : places_.back();
}

PlaceReader::Told PlaceReader::at(const std::vector<json::Path::Step>& steps, const Value* before, const Value* after) {
  if (steps.size() == 1 && (steps[0] == json::Path::Step("apiVersion") || steps[0] == json::Path::Step("kind"))) {
    return {};
  }
  const auto told = place_at(steps).told();
  if (!told) return {.effects = of_unknown_place(is_built_in_)};
  Told found{.effects = told->effects(), .moves = told->line->moved, .line = told->line};
  if (request_.operation == Operation::create && after != nullptr && is_neutral(*after, *told->line)) {
    found.effects = {};
    return found;
  }
  for (const auto& [effect, judge] : told->line->judged) {
    if (!judges_.says(judge, before ? *before : kNothing, after ? *after : kNothing)) continue;
    found.effects |= {effect};
    if (lets_go(judge)) found.effects |= table_.of_deletion(request_.resource);
  }
  return found;
}

Effects possible_effects(const Table& table, const model::Envelope& envelope) {
  auto effects = table.possible(envelope.resource, envelope.operation);
  const bool writes = envelope.operation != Operation::connect && !table.is_virtual(envelope.resource);
  if (writes && envelope.namespace_name == kSharedNamespace) effects |= {model::Effect::shared};
  return effects;
}

WriteEffects effects_of(const Table& table, const AdmissionRequest& request) {
  if (table.is_virtual(request.resource)) return {};
  auto found = Reading(table, request).read();
  if (request.operation != Operation::connect && request.namespace_name == kSharedNamespace) {
    found.effects |= {model::Effect::shared};
  }
  // A kind, or a part of one, that nobody has looked at.
  if (!table.is_classified(request.resource, request.operation)) {
    found.effects = Effects::all();
    found.unclassified = to_string(request.resource);
  }
  return found;
}

}  // namespace sallyport::effects
