#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport::json {

// Length in bytes of the UTF-8 character that begins at `at`; 0 where none does (overlong forms, surrogates and what is
// beyond U+10FFFF are none).
[[nodiscard]] std::size_t utf8_length(const char* at, const char* end);

// Length in bytes of the JSON escape that begins with the backslash at `at`, both halves of a surrogate pair together;
// 0 where it is none, or stands for half a pair.
[[nodiscard]] std::size_t escape_length(const char* at, const char* end);

// What a JSON string stands for whose escapes have been checked.
[[nodiscard]] std::string decode_escapes(std::string_view text);

}  // namespace sallyport::json
