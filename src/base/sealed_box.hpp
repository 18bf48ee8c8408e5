#pragma once

#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace sallyport {

// AES-256-GCM. What is closed under a key can be read and made by whoever has that key alone. `context` is not in the
// box, but it opens only where the same is said again: a box that is meant for one thing is not taken for another.
[[nodiscard]] std::string close_box(const Secret& key, std::string_view context, std::string_view content);
// bad_input for anything that was not closed under this key and context.
[[nodiscard]] Result<Secret> open_box(const Secret& key, std::string_view context, std::string_view box);

}  // namespace sallyport
