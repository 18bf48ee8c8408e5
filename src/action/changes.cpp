#include "action/changes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "action/escape.hpp"
#include "action/secrets.hpp"
#include "action/shown_lines.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;

constexpr std::size_t kMaxPaths = 4096;  // the definition's own limit
constexpr std::size_t kMaxBytes = 256u << 10;
constexpr std::size_t kEntryBytes = 24;  // what an entry takes besides its texts
// Of a value: the first of these with which all values fit, so that a long one is not all that people see.
constexpr std::array<std::size_t, 4> kMaxValue = {kMaxBytes, 64u << 10, 16u << 10, 4u << 10};
constexpr std::size_t kMaxPathText = 1u << 10;

bool is_branch(const Value& value) {
  return !value.members().empty() || !value.items().empty();
}

// Picks what can be shown: no more than fit, so that an object of a million leaves costs no memory.
class Picker {
 public:
  struct Entry {
    Path path;
    const Value* from;
    const Value* to;
    Weight weight;
  };

  Picker(const Weigh& weigh, bool secret) : weigh_(weigh), secret_(secret) {}

  void add(const json::Change& change) {
    steps_ = change.path.steps();
    if (!change.from)
      add_leaves(*change.to);
    else
      keep(change.from, change.to);
  }

  // What stands there is not shown.
  void add_hidden(const Path& path) {
    steps_ = path.steps();
    keep(nullptr, nullptr);
  }

  // Of all that was added.
  [[nodiscard]] model::Effects effects() const { return effects_; }

  // What fits, most telling first.
  [[nodiscard]] std::vector<Entry> take() {
    std::vector<Entry> picked;
    for (auto& bucket : buckets_)
      for (auto& entry : bucket) picked.push_back(std::move(entry));
    return picked;
  }
  [[nodiscard]] bool left_some() const { return left_some_; }

 private:
  void add_leaves(const Value& value) {
    if (!is_branch(value)) return keep(nullptr, &value);
    for (const auto& [key, member] : value.members()) {
      steps_.emplace_back(key);
      add_leaves(member);
      steps_.pop_back();
    }
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      steps_.emplace_back(i);
      add_leaves(value.items()[i]);
      steps_.pop_back();
    }
  }

  // A hidden value has no weight: the order of the changes would reveal it.
  [[nodiscard]] Weight weigh(const Value* from, const Value* to) const {
    if (!weigh_) return {};
    const bool hidden = secret_ && !is_shown_of_secret(Path(steps_));
    return hidden ? weigh_(steps_, nullptr, nullptr) : weigh_(steps_, from, to);
  }

  void keep(const Value* from, const Value* to) {
    const auto weight = weigh(from, to);
    effects_ |= weight.effects;
    const auto place = static_cast<std::size_t>(weight.rank) * kOrders + weight.order;
    if (kept_ == kMaxPaths && !make_room(place)) return;
    buckets_.at(place).push_back({Path(steps_), from, to, weight});
    ++kept_;
  }

  // By what tells less, if there is any.
  bool make_room(std::size_t place) {
    left_some_ = true;
    for (auto last = buckets_.size() - 1; last > place; --last) {
      if (buckets_.at(last).empty()) continue;
      buckets_.at(last).pop_back();
      --kept_;
      return true;
    }
    return false;
  }

  const Weigh& weigh_;
  bool secret_;
  std::vector<Path::Step> steps_;
  std::array<std::vector<Entry>, kRanks * kOrders> buckets_;
  model::Effects effects_;
  std::size_t kept_ = 0;
  bool left_some_ = false;
};

// A Scale leaves its replicas out where they are none.
bool is_scale(const Value& object) {
  return object["kind"].text() == "Scale" && object["apiVersion"].text().starts_with("autoscaling/");
}

// Writes entries into the list while it stays within its bytes.
class Writer {
 public:
  Writer(const Sides& sides, std::size_t max_value)
      : secret_(sides.secret), scale_(!sides.before.is_null() && is_scale(sides.after)), max_value_(max_value) {}

  void add(const Path& path, const Value* from, const Value* to, bool ignored, Weight weight = {}) {
    bool cut = false;
    model::ShownChange shown{.path = text_of(path, cut), .ignored = ignored};
    shown.redacted = secret_ && !is_shown_of_secret(path);
    if (!shown.redacted) show_values(shown, from, to, cut);
    if (scale_ && shown.path == "spec.replicas") fill_in_zero(shown);
    const auto size = kEntryBytes + shown.path.size() + shown.from.value_or("").size() + shown.to.value_or("").size();
    const bool fits = list_.changes.size() < kMaxPaths && bytes_ + size <= kMaxBytes;
    // Of what is ignored nothing was asked, so nothing of what was asked is missing.
    if (!ignored && (cut || !fits)) list_.truncated = true;
    ran_out_ = ran_out_ || !fits;
    if (!fits) return;
    bytes_ += size;
    list_.changes.push_back(std::move(shown));
    list_.weights.push_back(weight);
  }

  void left_some() { list_.truncated = true; }
  // Something did not fit, or not whole.
  [[nodiscard]] bool ran_out() const { return ran_out_; }
  [[nodiscard]] ShownChanges take() { return std::move(list_); }

 private:
  static void fill_in_zero(model::ShownChange& shown) {
    if (!shown.from) shown.from = "0";
    if (!shown.to) shown.to = "0";
  }
  void show_values(model::ShownChange& shown, const Value* from, const Value* to, bool& cut) const {
    if (!has_lines(from, to)) {
      if (from) shown.from = text_of(*from, to, cut);
      if (to) shown.to = text_of(*to, from, cut);
      return;
    }
    auto lines = show_lines(from ? std::optional(from->text()) : std::nullopt,
                            to ? std::optional(to->text()) : std::nullopt, max_value_);
    cut |= lines.cut;
    if (from) shown.from = to ? std::move(lines.from) : std::move(lines.lines);
    if (to) shown.to = std::move(lines.lines);
  }

  // Where one of them is no text, there is nothing to compare by lines.
  static bool has_lines(const Value* from, const Value* to) {
    const auto is_text = [](const Value* value) { return value == nullptr || value->is_string(); };
    const auto several = [](const Value* value) { return value != nullptr && has_several_lines(value->text()); };
    return is_text(from) && is_text(to) && (several(from) || several(to));
  }

  static std::string text_of(const Path& path, bool& cut) {
    return path.empty() ? "(everything)" : text_within(json::to_string(path), kMaxPathText, cut);
  }
  std::string text_of(const Value& value, const Value* other, bool& cut) const {
    if (!value.is_string()) return text_within(json::write(value), max_value_, cut);
    const bool misleads = other != nullptr && other->is_string() && looks_like(value.text(), other->text());
    return text_within(misleads ? escape_to_ascii(value.text()) : value.text(), max_value_, cut);
  }
  static std::string text_within(std::string_view text, std::size_t limit, bool& cut) {
    auto shown = show_text(text, limit);
    cut |= shown.cut;
    return std::move(shown.text);
  }

  bool secret_;
  bool scale_;
  std::size_t max_value_;
  std::size_t bytes_ = 0;
  bool ran_out_ = false;
  ShownChanges list_;
};

const Value* pointer_to(const std::optional<Value>& value) {
  return value ? &*value : nullptr;
}

}  // namespace

ShownChanges show_changes(const Sides& sides, const std::vector<json::Change>& differences, const Weigh& weigh) {
  Picker picker(weigh, sides.secret);
  const bool is_made = sides.before.is_null() && !sides.after.is_null();
  if (is_made)
    picker.add({Path(), nullptr, &sides.after});
  else
    for (const auto& difference : differences)
      if (!sides.secret || difference.path.empty() || is_shown_of_secret(difference.path)) picker.add(difference);
  if (sides.secret && !is_made)
    for (const auto& place : hidden_places(sides.before, sides.after)) picker.add_hidden(place);

  const auto picked = picker.take();
  // Nothing: not all fits, and would with shorter values.
  const auto written = [&](std::size_t max_value) -> std::optional<ShownChanges> {
    Writer writer(sides, max_value);
    const auto add = [&](const Path& path, const Value* from, const Value* to, bool ignored, const Weight& weight) {
      writer.add(path, from, to, ignored, weight);
      return !writer.ran_out() || max_value == kMaxValue.back();
    };
    for (const auto& [path, from, to, weight] : picked)
      if (!add(path, from, to, false, weight)) return std::nullopt;
    if (picker.left_some()) writer.left_some();
    for (const auto& [path, from, to] : sides.ignored)
      if (!add(path, pointer_to(from), pointer_to(to), true, {})) return std::nullopt;
    return writer.take();
  };
  std::optional<ShownChanges> shown;
  for (const auto max_value : kMaxValue)
    if (!shown) shown = written(max_value);
  shown->effects = picker.effects();
  return std::move(*shown);
}

}  // namespace sallyport::action
