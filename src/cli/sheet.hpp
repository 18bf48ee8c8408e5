#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/ink.hpp"

namespace sallyport::cli {

// A screen of labelled lines, in the manner of `kubectl describe`. What is added must be safe to print.
class Sheet {
 public:
  explicit Sheet(const Page& page) : page_(page) {}

  // A label and what it says; without a label, more of the same.
  void add(std::string_view label, std::string_view text);
  // The same, coloured and never broken.
  void add_as_it_is(std::string_view label, std::string_view text);
  // One line of a list, deeper in, after a mark such as "- ".
  void add_item(std::string_view mark, std::string_view text);
  void add_item(std::string_view mark, std::string_view text, Colour colour);
  void add_gap() { text_ += "\n"; }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const Page& page() const { return page_; }

 private:
  [[nodiscard]] std::string broken(std::string_view text, std::size_t indent) const;

  Page page_;
  std::string text_;
};

}  // namespace sallyport::cli
