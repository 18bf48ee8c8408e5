#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/ink.hpp"

namespace sallyport::cli {

// Rows under headings, in columns as wide as what they hold. One column gives way where the page is too narrow.
class Table {
 public:
  struct Cell {
    std::string text;  // safe to print
    std::optional<Colour> colour = {};
  };
  using Row = std::vector<Cell>;

  explicit Table(std::vector<std::string> headings, std::size_t elastic = std::string::npos);

  void add(Row row);
  // Headings and rows.
  [[nodiscard]] std::string text(const Page& page);
  // One more row under what was printed; what is too wide pushes the rest aside.
  [[nodiscard]] std::string row_text(const Row& row, const Page& page) const;

 private:
  void fit(std::size_t width);

  std::vector<std::string> headings_;
  std::vector<Row> rows_;
  std::vector<std::size_t> widths_;
  std::size_t elastic_;
};

}  // namespace sallyport::cli
