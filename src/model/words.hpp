#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sallyport::model {

// The words of an enum, in the order of its values: both directions of what stands in YAML and JSON from one list.
template <std::size_t N>
using Words = std::array<std::string_view, N>;

// An empty text for a value that no word stands for, which no reader takes for one.
template <typename Enum, std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(const Words<N>& words, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? words[index] : std::string_view();
}

template <typename Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum> value_of(const Words<N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace sallyport::model
