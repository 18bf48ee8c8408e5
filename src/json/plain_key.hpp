#pragma once

namespace sallyport::json {

// May this stand in a path's key without quotes? One answer for those who write paths and those who read them.
[[nodiscard]] constexpr bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace sallyport::json
