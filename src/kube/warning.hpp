#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::kube {

// The text of a Warning header as API servers write it: `299 - "text"`. Nothing: it is none.
[[nodiscard]] std::optional<std::string> read_warning(std::string_view field);

}  // namespace sallyport::kube
