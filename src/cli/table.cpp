#include "cli/table.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sallyport::cli {
namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kNarrowest = 16;

}  // namespace

Table::Table(std::vector<std::string> headings, std::size_t elastic)
    : headings_(std::move(headings)), elastic_(elastic) {
  for (const auto& heading : headings_) widths_.push_back(columns_of(heading));
}

void Table::add(Row row) {
  for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], columns_of(row[i].text));
  rows_.push_back(std::move(row));
}

void Table::fit(std::size_t width) {
  const std::size_t all = std::accumulate(widths_.begin(), widths_.end(), kGap * (widths_.size() - 1));
  if (elastic_ >= widths_.size() || all <= width) return;
  std::size_t& elastic = widths_[elastic_];
  elastic = std::max(std::min(elastic, kNarrowest), elastic - std::min(elastic, all - width));
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
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string text = i == elastic_ ? cut_in_the_middle(row[i].text, widths_[i]) : row[i].text;
    line += row[i].colour ? page.ink(*row[i].colour, text) : text;
    const std::size_t taken = columns_of(text);
    if (i + 1 < row.size()) line.append(widths_[i] - std::min(widths_[i], taken) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace sallyport::cli
