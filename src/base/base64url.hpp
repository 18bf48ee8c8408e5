#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

// RFC 4648 base64url without padding, as tokens use it.
[[nodiscard]] std::string base64url(std::string_view bytes);
// Nothing for what `base64url` does not write: other letters, padding, and bits that no byte holds. So no two texts
// stand for the same bytes.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace sallyport
