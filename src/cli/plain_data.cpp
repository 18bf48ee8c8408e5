#include "cli/plain_data.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "cli/ink.hpp"
#include "json/json.hpp"

namespace sallyport::cli {
namespace {

// JSON knows \uXXXX alone: what lies beyond is a pair of them. JSON's own text never holds \U.
std::string with_pairs(std::string_view text) {
  constexpr std::size_t digits = 8;
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] != '\\' || at + 1 >= text.size()) continue;
    if (text[at + 1] != 'U' || at + 2 + digits > text.size()) {
      out += text[++at];
      continue;
    }
    std::uint32_t code = 0;
    const char* const first = text.data() + at + 2;
    std::from_chars(first, first + digits, code, 16);
    code -= 0x10000;
    out.pop_back();
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF));
    at += 1 + digits;
  }
  return out;
}

bool is_plain(std::string_view text) {
  constexpr std::array words = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_plain_character = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("-_./@:[]").contains(c);
  };
  if (text.empty() || !is_letter(text.front()) || text.ends_with(':') || !std::ranges::all_of(text, is_plain_character))
    return false;
  return std::ranges::none_of(words, [&](std::string_view word) {
    return std::ranges::equal(word, text, [](char a, char b) { return a == (b | 0x20); });
  });
}

// A JSON string is a double-quoted scalar of YAML, which knows \UXXXXXXXX as well.
std::string scalar(const json::Value& value) {
  if (value.is_string() && is_plain(value.text())) return std::string(value.text());
  return safe(json::write(value));
}

void add_yaml(const json::Value& value, std::size_t indent, std::string& out);

// Behind "key:" or "-".
void add_nested(const json::Value& value, std::size_t indent, std::string& out) {
  if (value.members().empty() && value.items().empty()) {
    out += " " + scalar(value) + "\n";
  } else {
    out += "\n";
    add_yaml(value, indent, out);
  }
}

void add_item(const json::Value& item, std::size_t indent, std::string& out) {
  out.append(indent, ' ') += "-";
  if (item.members().empty()) return add_nested(item, indent + 2, out);
  std::string members;
  add_yaml(item, indent + 2, members);
  out += " " + members.substr(indent + 2);
}

void add_yaml(const json::Value& value, std::size_t indent, std::string& out) {
  for (const auto& [key, member] : value.members()) {
    out.append(indent, ' ') += scalar(json::Value(key)) + ":";
    add_nested(member, member.is_array() ? indent : indent + 2, out);
  }
  for (const auto& item : value.items()) add_item(item, indent, out);
}

}  // namespace

std::string to_json(const json::Value& value) {
  const std::string text = json::write_pretty(value);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += with_pairs(safe(std::string_view(text).substr(at, end - at))) + "\n";
    at = end + 1;
  }
  return out;
}

std::string to_yaml(const json::Value& value) {
  if (value.members().empty() && value.items().empty()) return scalar(value) + "\n";
  std::string out;
  add_yaml(value, 0, out);
  return out;
}

}  // namespace sallyport::cli
