#pragma once

#include <optional>
#include <string_view>

namespace sallyport::people {

// The algorithms of JWS (RFC 7518, RFC 8037) that a person's token may be signed with. What is symmetric, `none`, and
// curves that no provider here uses have no name: a token that says one of them cannot be expressed further in.
enum class Algorithm { rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, eddsa };

[[nodiscard]] std::string_view to_string(Algorithm algorithm);
// Nothing for any other text, other cases of letters included.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view text);

}  // namespace sallyport::people
