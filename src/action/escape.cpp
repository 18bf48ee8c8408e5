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
// default-ignorable (shown as nothing), the code points that are no characters at the planes' ends, and the scripts
// that are written from right to left.
constexpr std::array kHidden = std::to_array<Range>({
    {0x0000, 0x001F},   {0x007F, 0x00A0},   {0x00AD, 0x00AD},   {0x034F, 0x034F},    {0x0590, 0x08FF},
    {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},   {0x180B, 0x180F},    {0x2000, 0x200F},
    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800},   {0x3000, 0x3000},    {0x3164, 0x3164},
    {0xFB1D, 0xFE0F},   {0xFE70, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},    {0xFFFE, 0xFFFF},
    {0x10800, 0x10FFF}, {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},  {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0x1E800, 0x1EFFF}, {0x1FFFE, 0x1FFFF}, {0xE0000, 0x10FFFF},
});

// Sorted. Letters that somebody may take for others: what looks Latin, or like one another, in Latin's relatives and
// among the symbols made of its letters.
enum class Script : std::uint8_t {
  none,
  latin,
  phonetic,
  greek,
  cyrillic,
  armenian,
  georgian,
  cherokee,
  coptic,
  lisu,
  styled
};

struct Letters {
  char32_t first;
  char32_t last;
  Script script;
};

constexpr std::array kLetters = std::to_array<Letters>({
    {0x00C0, 0x00D6, Script::latin},    {0x00D8, 0x00F6, Script::latin},    {0x00F8, 0x024F, Script::latin},
    {0x0250, 0x02AF, Script::phonetic}, {0x0370, 0x03FF, Script::greek},    {0x0400, 0x052F, Script::cyrillic},
    {0x0530, 0x058F, Script::armenian}, {0x10A0, 0x10FF, Script::georgian}, {0x13A0, 0x13FF, Script::cherokee},
    {0x1C80, 0x1C8F, Script::cyrillic}, {0x1D00, 0x1DBF, Script::phonetic}, {0x1E00, 0x1EFF, Script::latin},
    {0x1F00, 0x1FFF, Script::greek},    {0x2100, 0x218F, Script::styled},   {0x2C60, 0x2C7F, Script::phonetic},
    {0x2C80, 0x2CFF, Script::coptic},   {0x2DE0, 0x2DFF, Script::cyrillic}, {0xA4D0, 0xA4FF, Script::lisu},
    {0xA640, 0xA69F, Script::cyrillic}, {0xA720, 0xA7FF, Script::phonetic}, {0xAB30, 0xAB6F, Script::phonetic},
    {0xAB70, 0xABBF, Script::cherokee}, {0xFF21, 0xFF5A, Script::styled},   {0x1D400, 0x1D7FF, Script::styled},
});

template <typename Table>
const typename Table::value_type* find_in(const Table& table, char32_t character) {
  const auto* range = std::ranges::lower_bound(table, character, {}, &Table::value_type::last);
  return range != table.end() && range->first <= character ? range : nullptr;
}

// Most of what is looked at; it must cost next to nothing.
bool is_plain(char32_t character) {
  return character >= 0x20 && character < 0x7F;
}

bool is_hidden(char32_t character) {
  return !is_plain(character) && find_in(kHidden, character) != nullptr;
}

Script script_of(char32_t character) {
  if (character < 0x80) return (character | 0x20) >= 'a' && (character | 0x20) <= 'z' ? Script::latin : Script::none;
  const auto* letters = find_in(kLetters, character);
  return letters ? letters->script : Script::none;
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

// Where words end: a name of several parts is one word, a text in quotes is another than what stands around it.
bool ends_word(char c) {
  return std::string_view(" \t\r\n\"'`(){}[]<>,;=|").contains(c);
}

// Of the word at the front of a text.
struct Word {
  std::size_t length = 0;
  bool is_mixed = false;  // it has letters of more than one of the scripts above
};

Word first_word(std::string_view text) {
  Word word;
  auto script = Script::none;
  while (word.length < text.size() && !ends_word(text[word.length])) {
    const auto [code, length] = first_character(text.substr(word.length));
    const auto own = length == 0 ? Script::none : script_of(code);
    word.is_mixed = word.is_mixed || (script != Script::none && own != Script::none && own != script);
    if (own != Script::none) script = own;
    word.length += std::max<std::size_t>(length, 1);
  }
  return word;
}

// Of the blanks at the front of a text.
struct Blanks {
  std::size_t length = 0;
  bool is_trailing = false;  // nothing follows on their line
};

Blanks first_blanks(std::string_view text) {
  const auto end = std::min(text.find_first_not_of(' '), text.size());
  return {end, end == text.size() || text[end] == '\n' || text[end] == '\r'};
}

// Goes through a text once; each word and each run of blanks is looked at as a whole when it begins.
class Escaper {
 public:
  explicit Escaper(std::string_view text) : text_(text) {}

  [[nodiscard]] bool is_done() const { return text_.empty(); }

  // Appends what stands for the next character.
  void append_next(std::string& out) {
    if (word_.length == 0) word_ = first_word(text_);
    if (blanks_.length == 0) blanks_ = first_blanks(text_);
    const auto [code, length] = first_character(text_);
    const bool may_mislead = word_.is_mixed && code >= 0x80 && script_of(code) != Script::none;
    if (length == 0) {
      append_escape(out, static_cast<unsigned char>(text_.front()));
    } else if (is_hidden(code) || may_mislead || (code == ' ' && blanks_.is_trailing)) {
      append_escape(out, code);
    } else {
      out += text_.substr(0, length);
    }
    const auto taken = std::max<std::size_t>(length, 1);
    text_.remove_prefix(taken);
    word_.length -= std::min(word_.length, taken);
    blanks_.length -= std::min(blanks_.length, taken);
  }

 private:
  std::string_view text_;
  Word word_;
  Blanks blanks_;
};

// Escapes until the text ends or `out` would hold more than `limit` bytes; returns whether all went in. No character
// becomes shorter, so that what is far behind the limit need not be looked at.
bool escape_within(std::string_view text, std::size_t limit, std::string& out) {
  const bool may_fit = text.size() <= limit;
  Escaper escaper(may_fit ? text : text.substr(0, limit + 1));
  while (!escaper.is_done()) {
    const auto before = out.size();
    escaper.append_next(out);
    if (out.size() > limit) {
      out.resize(before);
      return false;
    }
  }
  return may_fit;
}

}  // namespace

std::string escape_for_people(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  escape_within(text, std::string::npos, out);
  return out;
}

std::string escape_to_ascii(std::string_view text) {
  const auto shown = escape_for_people(text);
  std::string out;
  for (std::string_view left = shown; !left.empty();) {
    const auto [code, length] = first_character(left);
    if (code < 0x80)
      out += left.front();
    else
      append_escape(out, code);
    left.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

bool looks_like(std::string_view text, std::string_view other) {
  if (text == other) return false;
  while (!text.empty() && !other.empty()) {
    const auto one = first_character(text);
    const auto two = first_character(other);
    if (one.code != two.code && one.code < 0x80 && two.code < 0x80) return false;
    text.remove_prefix(std::max<std::size_t>(one.length, 1));
    other.remove_prefix(std::max<std::size_t>(two.length, 1));
  }
  return text.empty() && other.empty();
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
