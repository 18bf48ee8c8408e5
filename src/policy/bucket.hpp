#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/compiled_policy.hpp"

namespace sallyport::policy {

// Policies filed under a label that their selector cannot do without: "key=value", or a key alone. Immutable once
// filled; the texts belong to the policies.
class LabelTable {
 public:
  using Label = std::pair<std::string_view, std::string_view>;  // an empty pair's value of kAnyValue: the key alone

  void add(Label label, const CompiledPolicy* policy) { policies_[label].push_back(policy); }
  [[nodiscard]] bool empty() const { return policies_.empty(); }

  // Those whose label is among these; some twice.
  template <typename Visit>
  void visit(const Labels& labels, const Visit& visit) const {
    if (empty()) return;
    for (const auto& label : labels) {
      for (const auto value : {std::string_view(label.value), kAnyValue}) {
        const auto found = policies_.find({label.key, value});
        if (found == policies_.end()) continue;
        for (const auto* policy : found->second) visit(*policy);
      }
    }
  }
  template <typename Visit>
  void visit_all(const Visit& visit) const {
    for (const auto& [label, policies] : policies_) {
      for (const auto* policy : policies) visit(*policy);
    }
  }

  static constexpr std::string_view kAnyValue = "*";  // no label can have this value

  struct Hash {
    std::size_t operator()(const Label& label) const {
      const std::hash<std::string_view> hash;
      return hash(label.first) * 31 + hash(label.second);
    }
  };

 private:
  std::unordered_map<Label, std::vector<const CompiledPolicy*>, Hash> policies_;
};

// What is filed: a policy, and the selectors that must pick the target for it to be concerned. Null: no such selector.
struct Posting {
  const CompiledPolicy* policy = nullptr;
  const model::Selector* object_selector = nullptr;
  const model::Selector* namespace_selector = nullptr;
};

// The policies for one resource pattern, each filed under the rarest label that its selectors need, so that neither
// many policies for one namespace nor many for one application make a list that everybody else must go through.
class Bucket {
 public:
  explicit Bucket(const std::vector<Posting>& postings);

  [[nodiscard]] const std::vector<const CompiledPolicy*>& plain() const { return plain_; }
  [[nodiscard]] const LabelTable& by_object_label() const { return by_object_label_; }
  [[nodiscard]] const LabelTable& by_namespace_label() const { return by_namespace_label_; }

 private:
  std::vector<const CompiledPolicy*> plain_;
  LabelTable by_object_label_;
  LabelTable by_namespace_label_;
};

}  // namespace sallyport::policy
