#include "cli/table.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace sallyport::cli {
namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kNarrowest = 16;

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
  const std::size_t gives = elastic - std::min(elastic, kNarrowest);
  while (width() - gives > most && left_out_ < spare_.size()) ++left_out_;
  elastic -= std::min(gives, width() - std::min(width(), most));
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
    if (!is_shown(i)) continue;
    const std::string text = i == elastic_ ? cut_in_the_middle(row[i].text, widths_[i]) : row[i].text;
    line += row[i].colour ? page.ink(*row[i].colour, text) : text;
    line.append(widths_[i] - std::min(widths_[i], columns_of(text)) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace sallyport::cli
