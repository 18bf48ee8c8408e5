// Two texts: what is told of their lines makes the one of the other, and nothing in it passes for something else.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "action/line_diff.hpp"
#include "action/shown_lines.hpp"

namespace {

using sallyport::action::diff_lines;
using sallyport::action::show_lines;
using sallyport::action::split_lines;

using Lines = std::vector<std::string_view>;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_changes(const Lines& before, const Lines& after) {
  Lines made;
  std::size_t in_old = 0;
  for (const auto& change : diff_lines(before, after)) {
    require(in_old <= change.old_begin && change.old_count + change.new_count > 0);
    while (in_old < change.old_begin) made.push_back(before.at(in_old++));
    require(made.size() == change.new_begin);
    for (std::size_t i = 0; i < change.new_count; ++i) made.push_back(after.at(change.new_begin + i));
    in_old += change.old_count;
  }
  while (in_old < before.size()) made.push_back(before.at(in_old++));
  require(made == after);
}

void check_shown(std::string_view before, std::string_view after, std::size_t limit) {
  const auto shown = show_lines(before, after, limit);
  require(shown.lines.size() <= limit || shown.cut);
  for (auto line : split_lines(shown.lines)) {
    require(line.ends_with('\n'));
    line.remove_suffix(1);
    require(line.empty() || std::string_view(" -+@\\").contains(line.front()));
    require(std::ranges::none_of(line, [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto middle = text.find('\0');
  const auto before = text.substr(0, middle);
  const auto after = middle == std::string_view::npos ? std::string_view() : text.substr(middle + 1);
  check_changes(split_lines(before), split_lines(after));
  check_shown(before, after, 1u << 20);
  check_shown(before, after, 64);
  return 0;
}
