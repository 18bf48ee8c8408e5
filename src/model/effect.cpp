#include "model/effect.hpp"

namespace sallyport::model {
std::string_view to_string(Effect effect) {
  return word_of(kEffectWords, effect);
}

std::optional<Effect> parse_effect(std::string_view text) {
  return value_of<Effect>(kEffectWords, text);
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
