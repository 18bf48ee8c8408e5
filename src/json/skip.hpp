#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

#include "json/scanner.hpp"
#include "json/text.hpp"

// How the scanner gets past what nobody asks for.
namespace sallyport::json::skipping {

// The functions here take a place in the text and give the place behind what they read, or nullptr where it is not
// that. Places and no members, and all of it inlined: the compiler then keeps them in registers. Without the one a
// whole pass takes twice as long, without the other a third more.
using Place = const char*;

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

inline bool is_plain(char c) {
  return c != '"' && c != '\\' && static_cast<unsigned char>(c) - 0x20u < 0x60u;
}

[[gnu::always_inline]] inline Place skip_blanks(Place at, Place end) {
  while (at != end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) ++at;
  return at;
}

inline constexpr std::size_t kBlock = 64;

// Which of the next kBlock bytes are not plain, the first in the lowest bit: quotes, backslashes, control characters
// and parts of characters beyond ASCII.
[[gnu::always_inline]] inline std::uint64_t not_plain(Place at) {
#ifdef __clang__
  using Bytes = unsigned char __attribute__((ext_vector_type(kBlock)));
  using Bits = bool __attribute__((ext_vector_type(kBlock)));
  Bytes bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  const auto found = (bytes == '"') | (bytes == '\\') | (bytes < 0x20) | (bytes > 0x7F);
  return std::bit_cast<std::uint64_t>(__builtin_convertvector(found, Bits));
#else
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kBlock; ++i) bits |= std::uint64_t{!is_plain(at[i])} << i;
  return bits;
#endif
}

// Finds the ends of strings, of which most of a review is made. It looks at a block of bytes at once and keeps what it
// saw: most strings are short, so that a block holds the ends of several.
class Plain {
 public:
  // The first byte from here on that is not plain.
  [[gnu::always_inline]] Place skip(Place at, Place end) {
    for (;;) {
      if (const auto offset = block_ == nullptr ? kBlock : static_cast<std::size_t>(at - block_); offset < kBlock) {
        const auto left = bits_ >> offset;
        if (left != 0) return at + std::countr_zero(left);
        at = block_ + kBlock;
      }
      if (static_cast<std::size_t>(end - at) < kBlock) break;
      block_ = at;
      bits_ = not_plain(at);
    }
    while (at != end && is_plain(*at)) ++at;
    return at;
  }

 private:
  Place block_ = nullptr;  // null: nothing has been looked at
  std::uint64_t bits_ = 0;
};

// `at` stands behind the opening quote.
[[gnu::always_inline]] inline Place skip_string(Plain& plain, Place at, Place end) {
  for (;;) {
    at = plain.skip(at, end);
    if (at == end) return nullptr;
    if (*at == '"') return at + 1;
    const bool control = static_cast<unsigned char>(*at) < 0x20;
    const std::size_t length = *at == '\\' ? escape_length(at, end) : control ? 0 : utf8_length(at, end);
    if (length == 0) return nullptr;
    at += length;
  }
}

inline Place skip_digits(Place at, Place end) {
  const Place first = at;
  while (at != end && is_digit(*at)) ++at;
  return at == first ? nullptr : at;
}

// Like the parser, which takes no number that a double cannot hold.
inline bool fits_a_double(Place first, Place end) {
  double number = 0;
  return std::from_chars(first, end, number).ec == std::errc{};
}

inline Place skip_number(Place at, Place end) {
  constexpr std::ptrdiff_t surely_fits = 64;  // digits without an exponent
  const Place first = at;
  bool has_exponent = false;
  if (at != end && *at == '-') ++at;
  at = at != end && *at == '0' ? at + 1 : skip_digits(at, end);
  if (at != nullptr && at != end && *at == '.') at = skip_digits(at + 1, end);
  if (at != nullptr && at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    at = skip_digits(at, end);
    has_exponent = true;
  }
  if (at == nullptr || (!has_exponent && at - first <= surely_fits) || fits_a_double(first, at)) return at;
  return nullptr;
}

inline Place skip_word(Place at, Place end, std::string_view word) {
  return std::string_view(at, end).starts_with(word) ? at + word.size() : nullptr;
}

[[gnu::always_inline]] inline Place skip_scalar(Plain& plain, Place at, Place end) {
  if (at == end) return nullptr;
  switch (*at) {
    case '"':
      return skip_string(plain, at + 1, end);
    case 't':
      return skip_word(at, end, "true");
    case 'f':
      return skip_word(at, end, "false");
    case 'n':
      return skip_word(at, end, "null");
    default:
      return skip_number(at, end);
  }
}

// A key and its colon.
[[gnu::always_inline]] inline Place skip_key(Plain& plain, Place at, Place end) {
  at = skip_blanks(at, end);
  if (at == end || *at != '"') return nullptr;
  at = skip_string(plain, at + 1, end);
  if (at == nullptr) return nullptr;
  at = skip_blanks(at, end);
  return at != end && *at == ':' ? at + 1 : nullptr;
}

// One value with all that is in it, nested up to `room` deep, without recursion: what a hostile text can make deep is
// an array on the stack.
inline Place skip_any(Place at, Place end, std::size_t room) {
  std::array<char, Scanner::kMaxDepth> closing;
  std::size_t depth = 0;
  Plain plain;
  for (;;) {
    at = skip_blanks(at, end);
    if (at != end && (*at == '{' || *at == '[')) {
      if (depth == room) return nullptr;
      closing[depth++] = *at == '{' ? '}' : ']';
      at = skip_blanks(at + 1, end);
      if (at != end && *at != closing[depth - 1]) {
        if (closing[depth - 1] == '}') at = skip_key(plain, at, end);
        if (at == nullptr) return nullptr;
        continue;
      }
    } else {
      at = skip_scalar(plain, at, end);
      if (at == nullptr) return nullptr;
    }
    for (; depth != 0; --depth) {  // out of all that ends here
      at = skip_blanks(at, end);
      if (at == end || *at != closing[depth - 1]) break;
      ++at;
    }
    if (depth == 0) return at;
    if (at == end || *at != ',') return nullptr;
    ++at;
    if (closing[depth - 1] == '}') at = skip_key(plain, at, end);
    if (at == nullptr) return nullptr;
  }
}

}  // namespace sallyport::json::skipping
