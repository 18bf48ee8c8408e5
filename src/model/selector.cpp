#include "model/selector.hpp"

#include <algorithm>
#include <string_view>

namespace sallyport::model {
namespace {

using Labels = std::vector<SelectorFields::Label>;

const std::string* find_label(const Labels& labels, std::string_view key) {
  const auto found = std::ranges::find(labels, key, &SelectorFields::Label::key);
  return found == labels.end() ? nullptr : &found->value;
}

bool holds(const LabelRequirement& requirement, const Labels& labels) {
  const auto* value = find_label(labels, requirement.key);
  const bool listed = value != nullptr && std::ranges::find(requirement.values, *value) != requirement.values.end();
  switch (requirement.op) {
    case LabelRequirement::Operator::in:
      return listed;
    case LabelRequirement::Operator::not_in:
      return !listed;
    case LabelRequirement::Operator::exists:
      return value != nullptr;
    case LabelRequirement::Operator::does_not_exist:
      return value == nullptr;
  }
  return true;
}

}  // namespace

bool selects(const Selector& selector, const Labels& labels) {
  return std::ranges::all_of(selector.requirements, [&](const auto& each) { return holds(each, labels); });
}

}  // namespace sallyport::model
