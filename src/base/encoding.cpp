// The texts that bytes are written as; declared beside the hashes that need them.
#include <algorithm>

#include "base/crypto.hpp"

namespace sallyport {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The bits of `bytes` in groups of `width`, the last one filled up with zeros; one letter of the alphabet each.
std::string spell(std::span<const std::uint8_t> bytes, unsigned width, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() * 8 + width - 1) / width);
  const std::uint32_t mask = (1u << width) - 1;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const auto byte : bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= width; held -= width) text += alphabet[(bits >> (held - width)) & mask];
  }
  if (held > 0) text += alphabet[(bits << (width - held)) & mask];
  return text;
}

std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return values;
}

}  // namespace

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kHex[bytes[i] >> 4];
    text[2 * i + 1] = kHex[bytes[i] & 0xf];
  }
  return text;
}

std::string base32(std::span<const std::uint8_t> bytes) {
  return spell(bytes, 5, kBase32);
}

std::string base64(std::string_view bytes) {
  auto text = spell({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, 6, kBase64);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string decode_base64(std::string_view text) {
  static const auto values = base64_values();
  if (text.size() % 4 != 0) return {};
  const auto letters = text.substr(0, text.ends_with("==") ? text.size() - 2 : text.size() - text.ends_with('='));
  std::string bytes;
  bytes.reserve(letters.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char letter : letters) {
    const auto value = values[static_cast<unsigned char>(letter)];
    if (value < 0) return {};
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) bytes += static_cast<char>((bits >> (held -= 8)) & 0xff);
  }
  // Bits that no byte holds would let two texts stand for the same bytes.
  const std::uint32_t left_over = bits & ((1u << held) - 1);
  return left_over == 0 ? bytes : std::string{};
}

}  // namespace sallyport
