#include "people/form.hpp"

#include <cstddef>
#include <optional>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace sallyport::people {
namespace {

constexpr std::size_t kLargest = 8u << 10;
constexpr std::size_t kMostFields = 32;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::bad_input, std::string(why));
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return {};
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return {};
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return {};
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::string form_text(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::string write_form(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    text += form_text(name) + '=' + form_text(value);
  }
  return text;
}

Result<std::map<std::string, std::string>> read_form(std::string_view text) {
  if (text.size() > kLargest) return refuse("it is too large");
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto field = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (field.empty()) continue;
    const auto equals = field.find('=');
    auto name = decode(field.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1));
    if (!name || !value) return refuse("its percent encoding is wrong");
    if (fields.size() == kMostFields) return refuse("it has too many parameters");
    if (!fields.emplace(*std::move(name), *std::move(value)).second) return refuse("it has a parameter twice");
  }
  return fields;
}

}  // namespace sallyport::people
