#include "cli/table.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace sallyport::cli {
namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kRoom = 56;       // what the elastic column needs before spare ones are shown
constexpr std::size_t kNarrowest = 24;  // what it has on any page
constexpr std::size_t kHang = 2;

// The first line of a text and the others: each at most so wide, and the others indented.
std::vector<std::string> lines_of(const std::string& text, std::size_t width) {
  if (columns_of(text) <= width) return {text};
  std::vector<std::string> lines;
  const std::string all = wrapped(text, width - std::min(width, kHang), kHang);
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    lines.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

Table::Table(std::vector<std::string> headings, std::size_t elastic, std::vector<std::size_t> spare)
    : headings_(std::move(headings)), elastic_(elastic), spare_(std::move(spare)) {
  for (const auto& heading : headings_) widths_.push_back(columns_of(heading));
}

void Table::add(Row row) {
  for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], columns_of(row[i].text));
  rows_.push_back(std::move(row));
}

bool Table::is_shown(std::size_t column) const {
  const auto left_out = std::span(spare_).first(left_out_);
  return std::ranges::find(left_out, column) == left_out.end();
}

std::size_t Table::width() const {
  std::size_t all = 0;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    if (is_shown(i)) all += widths_[i] + (all == 0 ? 0 : kGap);
  }
  return all;
}

void Table::fit(std::size_t most) {
  if (elastic_ >= widths_.size()) return;
  std::size_t& elastic = widths_[elastic_];
  const auto missing = [&](std::size_t kept) {
    const std::size_t needed = width() - elastic + std::min(elastic, kept);
    return needed > most;
  };
  while (missing(kRoom) && left_out_ < spare_.size()) ++left_out_;
  const std::size_t others = width() - elastic;
  elastic = std::min(elastic, std::max(kNarrowest, most - std::min(most, others)));
}

std::string Table::text(const Page& page) {
  fit(page.width);
  Row headings;
  for (const auto& heading : headings_) headings.push_back({heading, Colour::bold});
  std::string text = row_text(headings, page);
  for (const auto& row : rows_) text += row_text(row, page);
  return text;
}

std::string Table::row_text(const Row& row, const Page& page) const {
  std::string line;
  std::string more;  // lines of the elastic column
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!is_shown(i)) continue;
    auto lines = i == elastic_ ? lines_of(row[i].text, widths_[i]) : std::vector{row[i].text};
    const std::string indent(columns_of(line), ' ');
    for (std::size_t k = 1; k < lines.size(); ++k) more += indent + lines[k] + "\n";
    line += row[i].colour ? page.ink(*row[i].colour, lines.front()) : lines.front();
    line.append(widths_[i] - std::min(widths_[i], columns_of(lines.front())) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n" + more;
}

}  // namespace sallyport::cli
