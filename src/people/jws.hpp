#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "people/algorithm.hpp"

namespace sallyport::people {

constexpr std::size_t kLargestToken = 16u << 10;

// A compact JWS (RFC 7515) taken apart. Nothing in it is proven.
struct Jws {
  Algorithm algorithm = Algorithm::rs256;
  std::optional<std::string> key_id;
  std::string type;  // the header's "typ"; "" where it has none
  std::string payload;
  std::string signed_text;
  std::string signature;
};

// bad_input for everything that RFC 8725 warns of and that shows without a key: no or a symmetric algorithm, a header
// that brings or names its own key (jwk, jku, x5u, x5c), one that must be understood (crit) or changes what is signed
// (b64, zip), encrypted or nested tokens, text that is not canonical. The Error quotes nothing of the token.
[[nodiscard]] Result<Jws> read_jws(std::string_view token);

}  // namespace sallyport::people
