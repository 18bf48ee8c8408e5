#include "model/policy.hpp"

#include <algorithm>

namespace sallyport::model {

std::string_view to_string(Enforcement enforcement) {
  return word_of(kEnforcementWords, enforcement);
}
std::string_view to_string(WhilePending while_pending) {
  return word_of(kWhilePendingWords, while_pending);
}
std::string_view to_string(Preset preset) {
  return word_of(kPresetWords, preset);
}

std::optional<Enforcement> parse_enforcement(std::string_view text) {
  return value_of<Enforcement>(kEnforcementWords, text);
}
std::optional<Preset> parse_preset(std::string_view text) {
  return value_of<Preset>(kPresetWords, text);
}

std::string Policy::why_broken() const {
  std::string text;
  for (const auto& fault : faults) {
    if (!text.empty()) text += text.ends_with('.') ? " " : ". ";
    text += fault;
  }
  return text;
}

std::uint32_t uses_allowed(const std::vector<PolicyCopy>& policies) {
  std::uint32_t least = policies.empty() ? 0 : ~std::uint32_t{0};
  for (const auto& policy : policies) least = std::min(least, policy.approval.uses);
  return least;
}

}  // namespace sallyport::model
