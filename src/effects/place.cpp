#include "effects/place.hpp"

#include <algorithm>

namespace sallyport::effects {

using model::Effects;

Effects with_judged(const Line& line) {
  auto effects = line.effects;
  for (const auto& [effect, judge] : line.judged) effects |= {effect};
  return effects;
}

void Place::add(const Node* node, Effects added, unsigned any_keys) {
  while (node != nullptr) {
    found_.at(count_++) = {node, added, any_keys};  // a table that goes deeper throws, and the call is refused
    added |= node->added;
    node = node->mount;
  }
}

void Place::begin() {
  if (const auto here = told_here(); here && here->line->open) open_ = here;
}

void Place::give(const AddedNode* added, bool is_built_in) {
  static const Line kNothing;
  if (added == nullptr) return;
  added_nodes_.push_back(added);
  given_ |= added->here;
  // A place of Kubernetes' own that the table does not know stays unknown, whatever stands above it.
  if (!is_built_in) otherwise_ = &kNothing;
}

Place Place::inside(std::string_view step) const {
  Place deeper;
  bool goes_on = false;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& [node, added, any_keys] = found_[i];
    if (const auto named = node->inner.find(step); named != node->inner.end()) {
      deeper.add(named->second.get(), added, any_keys);
    } else if (const auto any = node->inner.find("*"); any != node->inner.end()) {
      deeper.add(any->second.get(), added, any_keys + 1);
    }
  }
  for (std::size_t i = 0; i < deeper.count_; ++i) goes_on = goes_on || deeper.found_[i].node->mount != nullptr;
  deeper.otherwise_ = otherwise_;
  deeper.given_ = given_;
  deeper.added_nodes_ = step_inside(added_nodes_, step);
  for (const auto* node : deeper.added_nodes_) deeper.given_ |= node->here;
  const auto here = deeper.told_here();
  if (here && here->line->open) {
    deeper.open_ = here;
  } else if (!here && !goes_on) {
    deeper.open_ = open_;
  }
  return deeper;
}

std::optional<Place::Told> Place::told_here() const {
  const Found* best = nullptr;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& each = found_[i];
    if (each.node->line && (best == nullptr || each.any_keys < best->any_keys)) best = &each;
  }
  if (best == nullptr) return std::nullopt;
  return Told{&*best->node->line, best->added};
}

std::optional<Place::Told> Place::told() const {
  auto here = told_here();
  if (!here) here = open_;
  if (!here && otherwise_ != nullptr && !given_.empty()) here = Told{otherwise_, {}};
  if (here) here->added |= given_;
  return here;
}

Effects Place::here_and_below() const {
  Effects effects = given_;
  if (const auto here = told()) effects |= with_judged(*here->line) | here->added;
  for (const auto* node : added_nodes_) effects |= node->all;
  for (std::size_t i = 0; i < count_; ++i)
    if (!found_[i].node->all.empty()) effects |= found_[i].node->all | found_[i].added;
  return effects;
}

std::set<std::string> Place::steps() const {
  std::set<std::string> steps;
  for (std::size_t i = 0; i < count_; ++i) {
    for (const auto& [step, inner] : found_[i].node->inner) {
      if (step != "*") steps.insert(step);
    }
  }
  return steps;
}

Place::Identity Place::identity() const {
  Identity identity{{}, open_ ? open_->line : nullptr};
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& each = found_[i];
    if (!each.node->inner.empty()) identity.first.emplace_back(each.node, each.any_keys);
  }
  return identity;
}

bool Place::goes_deeper() const {
  if (std::ranges::any_of(added_nodes_, [](const auto* node) { return !node->inner.empty(); })) return true;
  return std::any_of(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(count_),
                     [](const Found& each) { return !each.node->inner.empty() || each.node->mount != nullptr; });
}

}  // namespace sallyport::effects
