#include "action/escape.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

namespace sallyport::action {
namespace {

constexpr std::string_view kCutMark = "... (cut)";

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted. Unicode's controls (Cc), format characters (Cf), separators (Z*) but the plain blank, all that it calls
// default-ignorable (shown as nothing), and the code points that are no characters at the planes' ends.
constexpr std::array kHidden = std::to_array<Range>({
    {0x0000, 0x001F},   {0x007F, 0x00A0},   {0x00AD, 0x00AD},    {0x034F, 0x034F},   {0x0600, 0x0605},
    {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},    {0x0890, 0x0891},   {0x08E2, 0x08E2},
    {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},    {0x180B, 0x180F},   {0x2000, 0x200F},
    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800},    {0x3000, 0x3000},   {0x3164, 0x3164},
    {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},  {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0x1FFFE, 0x1FFFF}, {0xE0000, 0x10FFFF},
});

bool is_hidden(char32_t character) {
  const auto* range = std::ranges::lower_bound(kHidden, character, {}, &Range::last);
  return range != kHidden.end() && range->first <= character;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // 0: no UTF-8 begins here
};

// The character at the front of `text`, which is not empty: strict UTF-8, no overlong form, no surrogate.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  if (!std::ranges::all_of(text.substr(1, length - 1), is_continuation)) return {};
  char32_t code = lead & (0x7Fu >> length);
  for (const char byte : text.substr(1, length - 1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3F);
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool beyond = (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF;
  return overlong || beyond ? Character{} : Character{code, length};
}

void append_escape(std::string& out, char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  if (number > 0xFFFF)
    fmt::format_to(std::back_inserter(out), "\\U{:08x}", number);
  else
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", number);
}

// Escapes until the text ends or `out` would hold more than `limit` bytes; returns whether all went in.
bool escape_within(std::string_view text, std::size_t limit, std::string& out) {
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    const auto before = out.size();
    if (length == 0)
      append_escape(out, static_cast<unsigned char>(text.front()));
    else if (is_hidden(code))
      append_escape(out, code);
    else
      out += text.substr(0, length);
    if (out.size() > limit) {
      out.resize(before);
      return false;
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return true;
}

}  // namespace

std::string escape_for_people(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  escape_within(text, std::string::npos, out);
  return out;
}

ShownText show_text(std::string_view text, std::size_t limit) {
  ShownText shown;
  if (escape_within(text, limit, shown.text)) return shown;
  shown.cut = true;
  shown.text.clear();
  escape_within(text, limit - std::min(limit, kCutMark.size()), shown.text);
  shown.text += kCutMark;
  return shown;
}

}  // namespace sallyport::action
