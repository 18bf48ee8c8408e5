#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::json {

// Whether the text is one JSON object in valid UTF-8, nested at most so deep, without a key of its own that stands
// twice. Makes nothing of it, and so is quick.
[[nodiscard]] Result<void> check_object(std::string_view text, std::size_t depth);

}  // namespace sallyport::json
