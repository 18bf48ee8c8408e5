#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

// Which of the known names may have been meant: those that begin so, or differ by a few slips; at most three, the
// nearest first.
[[nodiscard]] std::vector<std::string> near_names(std::string_view meant, const std::vector<std::string>& known);

// "; did you mean promote-x or promote-y?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view meant, const std::vector<std::string>& known);

}  // namespace sallyport::cli
