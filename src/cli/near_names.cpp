#include "cli/near_names.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "cli/ink.hpp"
#include "cli/words.hpp"

namespace sallyport::cli {
namespace {

constexpr std::size_t kMost = 3;
constexpr std::size_t kLongest = 253;  // no name is longer

// Letters that are missing, too many or others; two that are swapped count as one slip.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + other});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> near_names(std::string_view meant, const std::vector<std::string>& known) {
  if (meant.empty() || meant.size() > kLongest) return {};
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const auto& name : known) {
    if (name.empty() || name.size() > kLongest) continue;
    const std::size_t distance = slips(meant, name);
    if (name.starts_with(meant))
      found.emplace_back(0, name);
    else if (distance <= std::max<std::size_t>(1, meant.size() / 3))
      found.emplace_back(distance, name);
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  for (auto& [distance, name] : found) {
    if (names.size() < kMost) names.push_back(std::move(name));
  }
  return names;
}

std::string did_you_mean(std::string_view meant, const std::vector<std::string>& known) {
  const auto near = near_names(meant, known);
  return near.empty() ? "" : "; did you mean " + safe(joined(near, " or ")) + "?";
}

}  // namespace sallyport::cli
