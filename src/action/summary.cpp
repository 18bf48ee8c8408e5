#include "action/summary.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "action/canonical.hpp"
#include "action/escape.hpp"
#include "action/phrases.hpp"
#include "action/shown_lines.hpp"

namespace sallyport::action {
namespace {

using model::Kubernetes;
using model::Operation;
using model::ShownChange;

constexpr std::size_t kMaxSummary = 160;
constexpr std::size_t kMaxValue = 56;
constexpr std::string_view kGap = "...";

std::string target_text(const Kubernetes& action) {
  const auto& resource = action.target.resource;
  std::string text(model::to_string(action.operation));
  text += ' ' + resource_words(resource);
  text += resource.subresource.empty() ? "/" : '/' + resource.subresource + ' ';
  return text + action.target.name;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Cut in the middle: images and paths differ at the end more often than at the beginning.
std::string shorten(std::string_view text) {
  if (text.size() <= kMaxValue) return std::string(text);
  const std::size_t half = (kMaxValue - kGap.size()) / 2;
  std::size_t head = half;
  std::size_t tail = text.size() - half;
  while (head > 0 && is_continuation(text[head])) --head;
  while (tail < text.size() && is_continuation(text[tail])) ++tail;
  return std::string(text.substr(0, head)) + std::string(kGap) + std::string(text.substr(tail));
}

std::string change_text(const ShownChange& change, bool is_new) {
  const std::string key = shorten(place_words(change.path));
  if (const auto* lines = line_differences(change)) {
    if (change.from && change.to) return key + ' ' + shorten(line_words(*lines));
    return key + (change.to ? is_new ? " " : " added: " : " removed: ") + shorten(line_words(*lines));
  }
  if (change.redacted) return key + " (hidden)";
  if (!change.to) return key + " removed";
  if (!change.from) return key + (is_new ? " " : " added: ") + shorten(*change.to);
  return key + ' ' + shorten(*change.from) + " -> " + shorten(*change.to);
}

// "runs code and deletes": what a change does most, and what it does to what is there.
std::string label_of(const Weight& weight) {
  const model::Effects reached{model::Effect::uses_secret, model::Effect::holds_secret};
  const bool only_shows = weight.rank == Rank::uses_secret && !weight.effects.has_any_of(reached);
  std::string label(only_shows ? words_of(model::Effect::shows_secret) : words_of(weight.rank));
  const auto add = [&](Rank rank, model::Effect effect) {
    if (!label.empty() && weight.rank < rank && weight.effects.has(effect))
      label += " and " + std::string(words_of(rank));
  };
  // Where an account is another, so is what it runs and uses.
  if (weight.rank == Rank::runs_code) add(Rank::uses_secret, model::Effect::uses_secret);
  add(Rank::deletes, model::Effect::deletes);
  return label;
}

// The changes by what they do, in their order, until it is full: "runs code: image a -> b, 2 more; traffic: port 1 ->
// 2".
class Summary {
 public:
  Summary(std::string target, const Kubernetes& action) : text_(std::move(target)), action_(action) {
    say(guarded_words(action.guarded));
  }

  void add(const std::vector<ShownChange>& changes, const std::vector<Weight>& weights) {
    const bool is_new = action_.operation == Operation::create;
    std::vector<Group> groups;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const auto weight = i < weights.size() ? weights[i] : Weight();
      if (is_new && weight.rank == Rank::rest) continue;
      auto& group = group_of(groups, label_of(weight));
      // What is new is all new: it is what runs in it that tells.
      if (is_new && !weight.grave && weight.order > 1) continue;
      auto words = change_text(changes[i], is_new);
      if (std::ranges::find(group.changes, words) == group.changes.end()) group.changes.push_back(std::move(words));
    }
    for (auto& group : groups) left_ += group.changes.size();
    for (const auto& group : groups) add(group);
    if (is_full_ && left_ > 0) text_ += ", " + std::to_string(left_) + " more";
  }

  // Where there are no places, what it does beside what everybody sees that it does.
  void add_effects() {
    std::vector<std::string> others;
    for (const auto& name : action_.effects) {
      const bool is_plain = name == to_string(action_.operation == Operation::del ? Effect::deletes : Effect::connects);
      if (!is_plain) others.push_back(name);
    }
    std::string words;
    for (const auto& each : effect_words(others)) words += (words.empty() ? "" : ", ") + each;
    say(words);
  }

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  using Effect = model::Effect;
  struct Group {
    std::string label;
    std::vector<std::string> changes;
  };

  static Group& group_of(std::vector<Group>& groups, std::string label) {
    const auto found = std::ranges::find(groups, label, &Group::label);
    return found != groups.end() ? *found : groups.emplace_back(Group{std::move(label), {}});
  }

  [[nodiscard]] bool is_said_by_guard(const Group& group) const {
    return std::ranges::find(action_.guarded, group.label, guard_words) != action_.guarded.end();
  }

  void say(const std::string& words) {
    if (words.empty()) return;
    text_ += separator_ + words;
    separator_ = "; ";
  }

  void add(const Group& group) {
    if (is_full_) return;
    auto label = is_said_by_guard(group) ? std::string() : group.label;
    if (label.empty() && has_change_) label = "other";
    if (group.changes.empty()) return fits(label) ? say(label) : fill();
    auto words = label.empty() ? group.changes.front() : label + ": " + group.changes.front();
    // The first one always stands, cut if need be.
    if (has_change_ && !fits(words)) return fill();
    say(words);
    has_change_ = true;
    --left_;
    for (std::size_t i = 1; i < group.changes.size(); ++i) {
      if (!fits(group.changes[i])) return fill();
      text_ += ", " + group.changes[i];
      --left_;
    }
  }

  void fill() { is_full_ = true; }
  // With what tells that there is more.
  [[nodiscard]] bool fits(const std::string& words) const {
    const auto more = left_ > 1 ? std::string_view(", 255 more").size() : 0;
    return text_.size() + 2 + words.size() + more <= kMaxSummary;
  }

  std::string text_;
  const Kubernetes& action_;
  std::string separator_ = ": ";
  std::size_t left_ = 0;
  bool has_change_ = false;
  bool is_full_ = false;
};

// The command of a connection is what there is to see of it.
std::string connect_text(const Kubernetes& action) {
  std::string text = target_text(action);
  if (const auto guarded = guarded_words(action.guarded); !guarded.empty()) text += ": " + guarded;
  if (is_proxy(action.target.resource)) return text + ": anything through this proxy";
  if (!action.connect) return text;
  const std::string command = command_words(*action.connect);
  if (!command.empty()) text += " [" + command + ']';
  return action.connect->stdin_attached ? text + " with stdin" : text;
}

}  // namespace

std::string summarize(const Kubernetes& action, const std::vector<ShownChange>& changes,
                      const std::vector<Weight>& weights) {
  if (action.operation == Operation::connect) return show_text(connect_text(action), kMaxSummary).text;
  Summary summary(target_text(action), action);
  if (action.operation == Operation::del) {
    summary.add_effects();
  } else {
    summary.add(changes, weights);
  }
  return show_text(std::move(summary).take(), kMaxSummary).text;
}

}  // namespace sallyport::action
