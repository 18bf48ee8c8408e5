#include "model/effect.hpp"

#include <algorithm>
#include <array>

namespace sallyport::model {
namespace {

constexpr std::array<std::string_view, kEffects> kNames = {
    "RunsCode", "Connects", "Identity", "IssuesToken", "UsesSecret", "HoldsSecret", "ShowsSecret",
    "Deletes",  "Traffic",  "Shared",   "Serving",     "Speaks",     "Own"};

}  // namespace

std::string_view to_string(Effect effect) {
  return kNames.at(static_cast<std::size_t>(effect));
}

std::optional<Effect> parse_effect(std::string_view text) {
  const auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Effect>(found - kNames.begin());
}

std::vector<Effect> Effects::list() const {
  std::vector<Effect> found;
  for (std::uint8_t number = 0; number < kEffects; ++number) {
    if (has(static_cast<Effect>(number))) found.push_back(static_cast<Effect>(number));
  }
  return found;
}

std::string to_string(Effects effects) {
  std::string text;
  for (const auto effect : effects.list()) {
    if (!text.empty()) text += ", ";
    text += to_string(effect);
  }
  return text;
}

std::vector<std::string> names_of(Effects effects) {
  std::vector<std::string> names;
  names.reserve(kEffects);
  for (const auto effect : effects.list()) names.emplace_back(to_string(effect));
  return names;
}

Effects effects_named(const std::vector<std::string>& names) {
  Effects effects;
  for (const auto& name : names) {
    if (const auto effect = parse_effect(name)) effects |= {*effect};
  }
  return effects;
}

}  // namespace sallyport::model
