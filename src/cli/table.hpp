#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/ink.hpp"

namespace sallyport::cli {

// Rows under headings, in columns as wide as what they hold. Where the page is too narrow, the spare columns are left
// out, in their order, until the elastic one has room; what is still too long there goes on in the next line.
class Table {
 public:
  struct Cell {
    std::string text;  // safe to print
    std::optional<Colour> colour = {};
  };
  using Row = std::vector<Cell>;

  explicit Table(std::vector<std::string> headings, std::size_t elastic = std::string::npos,
                 std::vector<std::size_t> spare = {});

  void add(Row row);
  // Headings and rows.
  [[nodiscard]] std::string text(const Page& page);

 private:
  void fit(std::size_t most);
  [[nodiscard]] std::string row_text(const Row& row, const Page& page) const;
  [[nodiscard]] std::size_t width() const;  // of a line
  [[nodiscard]] bool is_shown(std::size_t column) const;

  std::vector<std::string> headings_;
  std::vector<Row> rows_;
  std::vector<std::size_t> widths_;
  std::size_t elastic_;
  std::vector<std::size_t> spare_;
  std::size_t left_out_ = 0;  // so many of the spare ones
};

}  // namespace sallyport::cli
