#include "model/policy.hpp"

#include <algorithm>

#include "model/words.hpp"

namespace sallyport::model {
namespace {

constexpr Words<3> kEnforcements = {"Enforce", "Warn", "Audit"};
constexpr Words<2> kWhilePending = {"Reject", "Hold"};
constexpr Words<9> kPresets = {"PodPromotion", "RBACChange",     "SecretAccess", "Exec",      "TokenRequest",
                               "Deletion",     "Infrastructure", "Traffic",      "Everything"};

}  // namespace

std::string_view to_string(Enforcement enforcement) {
  return word_of(kEnforcements, enforcement);
}
std::string_view to_string(WhilePending while_pending) {
  return word_of(kWhilePending, while_pending);
}
std::string_view to_string(Preset preset) {
  return word_of(kPresets, preset);
}

std::optional<Enforcement> parse_enforcement(std::string_view text) {
  return value_of<Enforcement>(kEnforcements, text);
}
std::optional<WhilePending> parse_while_pending(std::string_view text) {
  return value_of<WhilePending>(kWhilePending, text);
}
std::optional<DryRun> parse_dry_run(std::string_view text) {
  if (text == "Allow") return DryRun::allow;
  return text == "Refuse" ? std::optional(DryRun::refuse) : std::nullopt;
}
std::optional<Preset> parse_preset(std::string_view text) {
  return value_of<Preset>(kPresets, text);
}

std::uint32_t uses_allowed(const std::vector<PolicyCopy>& policies) {
  std::uint32_t least = policies.empty() ? 0 : ~std::uint32_t{0};
  for (const auto& policy : policies) least = std::min(least, policy.approval.uses);
  return least;
}

}  // namespace sallyport::model
