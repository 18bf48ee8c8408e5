#include "wire/refusal.hpp"

#include <algorithm>

#include "json/json.hpp"

namespace sallyport::wire {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

// The length of the value that begins here: a JSON text, or anything up to a blank or the tail's end.
std::size_t value_length(std::string_view text) {
  if (!text.starts_with('"')) return std::min(text.find_first_of(" ]\n"), text.size());
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size();
}

std::string value_of(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  const auto parsed = json::parse(text);
  return parsed ? std::string(parsed->text()) : std::string(text);
}

}  // namespace

std::optional<Refusal> read_refusal(std::string_view text) {
  constexpr std::string_view kBegin = "[code=";
  const auto begin = text.rfind(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + 1);
  Refusal refusal;
  for (;;) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_word(text.substr(0, equals))) break;
    const std::string key(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    const auto length = value_length(text);
    auto value = value_of(text.substr(0, length));
    text.remove_prefix(length);
    if (key == "code")
      refusal.code = std::move(value);
    else if (key == "request")
      refusal.request = std::move(value);
    else
      refusal.more.emplace_back(key, std::move(value));
    if (!text.starts_with(' ')) break;
    text.remove_prefix(1);
  }
  // A terminal that broke the line, or somebody who copied too little: still better than nothing.
  if (!is_word(refusal.code)) return std::nullopt;
  return refusal;
}

}  // namespace sallyport::wire
