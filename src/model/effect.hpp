#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/words.hpp"

namespace sallyport::model {

// What a write does in the cluster, whatever kind and field it does it by.
enum class Effect : std::uint8_t {
  runs_code,
  connects,
  identity,
  issues_token,
  uses_secret,
  holds_secret,
  shows_secret,
  deletes,
  traffic,
  shared,
  serving,
  speaks,
  own,
};
inline constexpr std::uint8_t kEffects = 13;
inline constexpr Words<kEffects> kEffectWords = {"RunsCode",    "Connects",    "Identity", "IssuesToken", "UsesSecret",
                                                 "HoldsSecret", "ShowsSecret", "Deletes",  "Traffic",     "Shared",
                                                 "Serving",     "Speaks",      "Own"};

[[nodiscard]] std::string_view to_string(Effect effect);  // "RunsCode"
[[nodiscard]] std::optional<Effect> parse_effect(std::string_view text);

// A set of them. A value.
class Effects {
 public:
  constexpr Effects() = default;
  constexpr Effects(std::initializer_list<Effect> effects) {
    for (const auto effect : effects) bits_ |= bit(effect);
  }
  [[nodiscard]] static constexpr Effects all() {
    Effects effects;
    effects.bits_ = static_cast<std::uint16_t>((1u << kEffects) - 1);
    return effects;
  }

  constexpr Effects& operator|=(Effects other) {
    bits_ |= other.bits_;
    return *this;
  }
  [[nodiscard]] constexpr bool has(Effect effect) const { return (bits_ & bit(effect)) != 0; }
  [[nodiscard]] constexpr bool has_any_of(Effects other) const { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] std::vector<Effect> list() const;  // in their order

  friend constexpr Effects operator|(Effects a, Effects b) { return a |= b; }
  friend constexpr bool operator==(Effects, Effects) = default;

 private:
  static constexpr std::uint16_t bit(Effect effect) {
    return static_cast<std::uint16_t>(1u << static_cast<std::uint8_t>(effect));
  }
  std::uint16_t bits_ = 0;
};

// "RunsCode, Identity"
[[nodiscard]] std::string to_string(Effects effects);
[[nodiscard]] std::vector<std::string> names_of(Effects effects);
// Of names that this version does not know, nothing.
[[nodiscard]] Effects effects_named(const std::vector<std::string>& names);

}  // namespace sallyport::model
