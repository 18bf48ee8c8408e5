#include "net/headers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sallyport::net {
namespace {

constexpr std::array<std::string_view, 12> kFraming = {
    "Connection", "Content-Length", "Content-Type",      "Date",   "Expect", "Host", "Keep-Alive", "Proxy-Connection",
    "TE",         "Trailer",        "Transfer-Encoding", "Upgrade"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

// A token: RFC 9110, section 5.6.2.
bool is_name(std::string_view text) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  const auto is_token_char = [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || kOthers.contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

}  // namespace

bool is_header_value(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

Headers::Headers(std::initializer_list<Field> fields) {
  for (const Field& each : fields) add(each.name, each.value);
}

void Headers::add(std::string name, std::string value) {
  if (!is_name(name)) {
    fault_ = "a header's name has a character that no name can have";
  } else if (!is_header_value(value)) {
    fault_ = "the header " + name + " has a control character in its value";
  } else if (fields_.size() == kMostFields || bytes_ + name.size() + value.size() > kMostBytes) {
    fault_ = "the headers are more than a message may have";
  } else {
    bytes_ += name.size() + value.size();
    fields_.push_back({std::move(name), std::move(value)});
  }
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  const auto has_name = [name](const Field& each) { return same_name(each.name, name); };
  const auto found = std::ranges::find_if(fields_, has_name);
  if (found == fields_.end() || std::any_of(found + 1, fields_.end(), has_name)) return std::nullopt;
  return found->value;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Field& each : fields_) {
    if (same_name(each.name, name)) values.push_back(each.value);
  }
  return values;
}

Result<void> Headers::check() const {
  if (fault_.empty()) return {};
  return fail(ErrorCode::bad_input, fault_);
}

Result<void> check_for_sending(const Headers& headers) {
  for (const auto& each : headers) {
    const auto is_this = [&each](std::string_view framing) { return same_name(each.name, framing); };
    if (std::ranges::any_of(kFraming, is_this)) {
      return fail(ErrorCode::bad_input, "the header " + each.name + " is set by the program itself");
    }
  }
  return headers.check();
}

}  // namespace sallyport::net
