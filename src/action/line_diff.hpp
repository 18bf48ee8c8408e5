#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sallyport::action {

// Lines that are others: of the old text these are gone, and in the new one those stand in their place.
struct LineChange {
  std::size_t old_begin = 0, old_count = 0;
  std::size_t new_begin = 0, new_count = 0;

  friend bool operator==(const LineChange&, const LineChange&) = default;
};

// The differences between two texts, in order; all other lines are equal, and in the same order. Found by the lines
// that both have once (patience), and between those by Myers' shortest edit script. Whatever the texts are, it takes
// time and memory in proportion to them: where it would take more, a stretch is told as replaced whole. The same texts
// always give the same result.
[[nodiscard]] std::vector<LineChange> diff_lines(const std::vector<std::string_view>& before,
                                                 const std::vector<std::string_view>& after);

// Each with its line end, if it has one.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

}  // namespace sallyport::action
