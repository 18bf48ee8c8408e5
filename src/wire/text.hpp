#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport::wire {

// At most `bytes` of the text, cut between characters; what was cut off shows as "...".
[[nodiscard]] std::string clip(std::string_view text, std::size_t bytes);

}  // namespace sallyport::wire
