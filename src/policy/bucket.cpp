#include "policy/bucket.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sallyport::policy {
namespace {

using model::LabelRequirement;

// The labels of which the target must have one for the requirement to hold. None: it may hold without any.
std::vector<LabelTable::Label> needed_labels(const LabelRequirement& requirement) {
  std::vector<LabelTable::Label> labels;
  if (requirement.op == LabelRequirement::Operator::exists) labels.emplace_back(requirement.key, LabelTable::kAnyValue);
  if (requirement.op == LabelRequirement::Operator::in) {
    for (const auto& value : requirement.values) labels.emplace_back(requirement.key, value);
  }
  return labels;
}

class Counts {
 public:
  void add(const model::Selector* selector) {
    if (selector == nullptr) return;
    for (const auto& requirement : selector->requirements) {
      for (const auto& label : needed_labels(requirement)) ++counts_[label];
    }
  }

  // The requirement whose most common label is the least common, and that label's count; null if none will do.
  [[nodiscard]] std::pair<const LabelRequirement*, std::size_t> rarest(const model::Selector* selector) const {
    std::pair<const LabelRequirement*, std::size_t> best{nullptr, std::numeric_limits<std::size_t>::max()};
    if (selector == nullptr) return best;
    for (const auto& requirement : selector->requirements) {
      std::size_t most = 0;
      for (const auto& label : needed_labels(requirement)) most = std::max(most, counts_.at(label));
      if (most > 0 && most < best.second) best = {&requirement, most};
    }
    return best;
  }

 private:
  std::unordered_map<LabelTable::Label, std::size_t, LabelTable::Hash> counts_;
};

}  // namespace

Bucket::Bucket(const std::vector<Posting>& postings) {
  Counts object_counts;
  Counts namespace_counts;
  for (const auto& posting : postings) {
    object_counts.add(posting.object_selector);
    namespace_counts.add(posting.namespace_selector);
  }
  for (const auto& posting : postings) {
    const auto object = object_counts.rarest(posting.object_selector);
    const auto ns = namespace_counts.rarest(posting.namespace_selector);
    if (object.first == nullptr && ns.first == nullptr) {
      plain_.push_back(posting.policy);
      continue;
    }
    const bool by_namespace = ns.second <= object.second;
    auto& table = by_namespace ? by_namespace_label_ : by_object_label_;
    for (const auto& label : needed_labels(by_namespace ? *ns.first : *object.first)) table.add(label, posting.policy);
  }
}

}  // namespace sallyport::policy
