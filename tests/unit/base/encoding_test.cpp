#include <gtest/gtest.h>

#include "base/crypto.hpp"

namespace sallyport {
namespace {

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// RFC 4648 section 10; ours are in lower case, and base32 without padding.
TEST(Encoding, FollowsTheRfc) {
  const struct {
    const char* text;
    const char* base16;
    const char* base32;
    const char* base64;
  } cases[] = {
      {"", "", "", ""},
      {"f", "66", "my", "Zg=="},
      {"fo", "666f", "mzxq", "Zm8="},
      {"foo", "666f6f", "mzxw6", "Zm9v"},
      {"foob", "666f6f62", "mzxw6yq", "Zm9vYg=="},
      {"fooba", "666f6f6261", "mzxw6ytb", "Zm9vYmE="},
      {"foobar", "666f6f626172", "mzxw6ytboi", "Zm9vYmFy"},
      {"\xff\xfe\xfb", "fffefb", "777pw", "//77"},
  };
  for (const auto& [text, base16, base32_text, base64_text] : cases) {
    EXPECT_EQ(hex(as_bytes(text)), base16);
    EXPECT_EQ(base32(as_bytes(text)), base32_text);
    EXPECT_EQ(base64(text), base64_text);
    EXPECT_EQ(decode_base64(base64_text), text);
  }
}

TEST(Encoding, BringsEveryByteBackFromBase64) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(decode_base64(base64(bytes)), bytes) << bytes.size();
  }
}

TEST(DecodeBase64, RefusesWhatNoEncoderWrites) {
  const char* cases[] = {
      "Z",    "Zg",   "Zg=",  "Zg===", "=",    "==",     "====",     "Z===",   "Zg==Zg==", "Zm9v=",      "=Zm9",
      "Zh==", "Zm9=", "Zm-v", "Zm_v",  "Zm9 ", "Zm9v\n", "Zm9v\r\n", "Zm\n9v", "Z=g=",     "\xc3\xa9==",
  };
  for (const char* text : cases) EXPECT_EQ(decode_base64(text), "") << text;
  EXPECT_EQ(decode_base64(std::string_view("Zm9\0", 4)), "");
}

}  // namespace
}  // namespace sallyport
