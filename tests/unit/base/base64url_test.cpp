#include "base/base64url.hpp"

#include <string>

#include <gtest/gtest.h>

namespace sallyport {
namespace {

// RFC 7515, appendix C.
TEST(Base64Url, IsWrittenAsTokensHaveIt) {
  EXPECT_EQ(base64url(std::string("\x03\xec\xff\xe0\xc1", 5)), "A-z_4ME");
  EXPECT_EQ(decode_base64url("A-z_4ME"), std::string("\x03\xec\xff\xe0\xc1", 5));
}

TEST(Base64Url, ReadsBackWhatItWrites) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(decode_base64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(byte);
  }
}

TEST(Base64Url, RefusesAllThatItDoesNotWrite) {
  for (const char* text : {"A", "AAAAA", "AA==", "AAA=", "A+AA", "A/AA", "AA\n", " AA", "AA AA", "A.AA", "AB", "AAB",
                           "\xc3\xa4"
                           "AA",
                           "===="}) {
    EXPECT_FALSE(decode_base64url(text)) << text;
  }
  EXPECT_EQ(decode_base64url(""), "");
  EXPECT_EQ(decode_base64url("AA"), std::string(1, '\0'));
}

}  // namespace
}  // namespace sallyport
