#pragma once

#include <string>
#include <vector>

#include "model/admission.hpp"

namespace sallyport::model {

// A label selector (meta/v1): all of it must hold.
struct LabelRequirement {
  enum class Operator { in, not_in, exists, does_not_exist };
  std::string key;
  Operator op = Operator::in;
  std::vector<std::string> values;
};
struct Selector {
  std::vector<LabelRequirement> requirements;  // none: everything
  [[nodiscard]] bool empty() const { return requirements.empty(); }
};

[[nodiscard]] bool selects(const Selector& selector, const std::vector<SelectorFields::Label>& labels);

}  // namespace sallyport::model
