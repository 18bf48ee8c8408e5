#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::json {

// What a text of the outside may cost before it is refused.
struct OutsideLimits {
  std::size_t bytes = 1u << 20;
  std::size_t depth = 32;  // never more than 1,000, whatever is asked
  std::size_t values = 100'000;
};

// JSON of whoever is neither the API server nor a file of ours: identity providers and their tokens, callers of the
// HTTP API and of MCP, chats, webhooks. nlohmann/json reads it and takes it apart; what the rest of the program sees is
// the same value as everywhere, of which no read can throw. It takes what `parse` takes (UTF-8, no key twice, no
// trailing bytes, no number that would be rounded), and zeros with any exponent; the fuzz target compares the two. The
// Error quotes nothing of the text, which may hold credentials.
[[nodiscard]] Result<Value> parse_outside(std::string_view text, const OutsideLimits& limits = {});

}  // namespace sallyport::json
