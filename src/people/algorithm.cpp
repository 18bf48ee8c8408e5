#include "people/algorithm.hpp"

#include <array>
#include <cstddef>

namespace sallyport::people {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                                    "PS512", "ES256", "ES384", "EdDSA"};

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  return kNames.at(static_cast<std::size_t>(algorithm));
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<Algorithm>(i);
  return {};
}

}  // namespace sallyport::people
