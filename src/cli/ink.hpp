#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace sallyport::cli {

// Whatever the API server sent, as it may stand in a terminal: on one line, nothing in it steers or hides text.
[[nodiscard]] std::string safe(std::string_view text);

enum class Colour { bold, dim, red, green, yellow, cyan };

// Colours text, or leaves it as it is.
class Ink {
 public:
  Ink() = default;
  explicit Ink(bool coloured) : coloured_(coloured) {}
  [[nodiscard]] std::string operator()(Colour colour, std::string_view text) const;

 private:
  bool coloured_ = false;
};

// What a view is drawn on, and when.
struct Page {
  Ink ink;
  std::size_t width = std::string::npos;  // columns; lines are not broken where it is not known
  Instant now{};
  std::string program = "sallyport";  // as people call us
};

// How many columns it takes: its characters (what is wider, as in Chinese, counts as one).
[[nodiscard]] std::size_t columns_of(std::string_view text);
// The first so many of its characters, and an ellipsis if that is not all.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);
// Broken at blanks, or else anywhere, into lines of so many columns, each but the first after `indent` blanks.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace sallyport::cli
