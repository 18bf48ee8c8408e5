#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sallyport::net {

// The header fields of one message (RFC 9110, section 5), in the order they were added. Names compare without case; a
// name that was added twice is there twice, as Set-Cookie needs. Without fields it owns no memory.
//
// A field is checked when it is added: a CR or LF in a value would begin a field, or a whole message, of whoever the
// value came from. One that fails is left out, and `check` tells so from then on; nothing is sent of such a message.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };
  static constexpr std::size_t kMostFields = 100;
  static constexpr std::size_t kMostBytes = std::size_t{64} * 1024;  // of all names and values together

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  void add(std::string name, std::string value);

  // The value, if the field is there exactly once: programs differ in which of two they believe.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

  // bad_input: a field was added that no message can hold, or one too many. The error does not show the value.
  [[nodiscard]] Result<void> check() const;

 private:
  std::vector<Field> fields_;
  std::size_t bytes_ = 0;
  std::string fault_;
};

// No control character but a tab: a header's value stays one.
[[nodiscard]] bool is_header_value(std::string_view text);
// As `check`, and also that none is among those which frame a message: only who writes the whole message knows those.
// Content-Type is one of them, since requests and answers have a member for it.
[[nodiscard]] Result<void> check_for_sending(const Headers& headers);

}  // namespace sallyport::net
