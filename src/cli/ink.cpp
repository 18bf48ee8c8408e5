#include "cli/ink.hpp"

#include <algorithm>

#include "action/escape.hpp"

namespace sallyport::cli {
namespace {

constexpr std::string_view kEllipsis = "...";

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

// Bytes of the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (begins_character(text[at]) && count-- == 0) break;
    ++at;
  }
  return at;
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::bold:
      return "1";
    case Colour::dim:
      return "2";
    case Colour::red:
      return "31";
    case Colour::green:
      return "32";
    case Colour::yellow:
      return "33";
    case Colour::cyan:
      return "36";
  }
  return "0";
}

}  // namespace

std::string safe(std::string_view text) {
  return action::escape_for_people(text);
}

std::string Ink::operator()(Colour colour, std::string_view text) const {
  if (!coloured_ || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code_of(colour)) + "m" + std::string(text) + "\x1b[0m";
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  const std::size_t kept = columns > kEllipsis.size() ? columns - kEllipsis.size() : 0;
  return std::string(text.substr(0, bytes_of(text, kept))) + std::string(kEllipsis);
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  constexpr std::size_t narrowest = 20;
  columns = std::max(columns, narrowest);
  std::string lines;
  while (columns_of(text) > columns) {
    const std::size_t most = bytes_of(text, columns);
    const std::size_t blank = text.rfind(' ', most);
    const std::size_t end = blank == std::string_view::npos || blank == 0 ? most : blank;
    const auto line = text.substr(0, end);
    lines.append(line.substr(0, line.find_last_not_of(' ') + 1)).append("\n").append(indent, ' ');
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
  }
  return lines.append(text);
}

}  // namespace sallyport::cli
