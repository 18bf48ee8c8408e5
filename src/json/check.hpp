#pragma once

#include <string_view>

#include "base/result.hpp"

namespace sallyport::json {

// Whether the text is one JSON value in valid UTF-8, at any depth, without making anything of it. (Unlike `parse` it
// does not look for keys that stand twice.)
[[nodiscard]] Result<void> check(std::string_view text);

}  // namespace sallyport::json
