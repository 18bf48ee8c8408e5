#include "action/changes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "action/escape.hpp"
#include "action/secrets.hpp"
#include "json/json.hpp"

namespace sallyport::action {
namespace {

using json::Path;
using json::Value;

constexpr std::size_t kMaxPaths = 256;
constexpr std::size_t kMaxBytes = 256u << 10;
constexpr std::size_t kMaxValue = 4u << 10;
constexpr std::size_t kMaxPathText = 1u << 10;

bool is_branch(const Value& value) {
  return !value.members().empty() || !value.items().empty();
}

// Picks what can be shown: of each weight no more than fit, so that an object of a million leaves costs no memory.
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

  // What of each weight fits, most telling first.
  [[nodiscard]] std::vector<Entry> take() {
    std::vector<Entry> picked;
    for (auto& bucket : buckets_)
      for (auto& entry : bucket)
        if (picked.size() < kMaxPaths)
          picked.push_back(std::move(entry));
        else
          left_some_ = true;
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
    auto& bucket = buckets_.at(static_cast<std::size_t>(weight.rank) * kOrders + weight.order);
    if (bucket.size() < kMaxPaths)
      bucket.push_back({Path(steps_), from, to, weight});
    else
      left_some_ = true;
  }

  const Weigh& weigh_;
  bool secret_;
  std::vector<Path::Step> steps_;
  std::array<std::vector<Entry>, kRanks * kOrders> buckets_;
  model::Effects effects_;
  bool left_some_ = false;
};

// A Scale leaves its replicas out where they are none.
bool is_scale(const Value& object) {
  return object["kind"].text() == "Scale" && object["apiVersion"].text().starts_with("autoscaling/");
}

// Writes entries into the list while it stays within its bytes.
class Writer {
 public:
  explicit Writer(const Sides& sides)
      : secret_(sides.secret), scale_(!sides.before.is_null() && is_scale(sides.after)) {}

  void add(const Path& path, const Value* from, const Value* to, bool ignored, Weight weight = {}) {
    bool cut = false;
    model::ShownChange shown{.path = text_of(path, cut), .ignored = ignored};
    shown.redacted = secret_ && !is_shown_of_secret(path);
    if (!shown.redacted) {
      if (from) shown.from = text_of(*from, cut);
      if (to) shown.to = text_of(*to, cut);
    }
    if (scale_ && shown.path == "spec.replicas") fill_in_zero(shown);
    const auto size = shown.path.size() + shown.from.value_or("").size() + shown.to.value_or("").size();
    const bool fits = list_.changes.size() < kMaxPaths && bytes_ + size <= kMaxBytes;
    // Of what is ignored nothing was asked, so nothing of what was asked is missing.
    if (!ignored && (cut || !fits)) list_.truncated = true;
    if (!fits) return;
    bytes_ += size;
    list_.changes.push_back(std::move(shown));
    list_.weights.push_back(weight);
  }

  void left_some() { list_.truncated = true; }
  [[nodiscard]] ShownChanges take() { return std::move(list_); }

 private:
  static void fill_in_zero(model::ShownChange& shown) {
    if (!shown.from) shown.from = "0";
    if (!shown.to) shown.to = "0";
  }
  static std::string text_of(const Path& path, bool& cut) {
    return path.empty() ? "(everything)" : text_within(json::to_string(path), kMaxPathText, cut);
  }
  static std::string text_of(const Value& value, bool& cut) {
    return value.is_string() ? text_within(value.text(), kMaxValue, cut)
                             : text_within(json::write(value), kMaxValue, cut);
  }
  static std::string text_within(std::string_view text, std::size_t limit, bool& cut) {
    auto shown = show_text(text, limit);
    cut |= shown.cut;
    return std::move(shown.text);
  }

  bool secret_;
  bool scale_;
  std::size_t bytes_ = 0;
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

  Writer writer(sides);
  for (const auto& entry : picker.take()) writer.add(entry.path, entry.from, entry.to, false, entry.weight);
  if (picker.left_some()) writer.left_some();
  for (const auto& change : sides.ignored)
    writer.add(change.path, pointer_to(change.from), pointer_to(change.to), true);
  auto shown = writer.take();
  shown.effects = picker.effects();
  return shown;
}

}  // namespace sallyport::action
