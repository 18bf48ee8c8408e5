#include "net/server_url.hpp"

#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

TEST(ServerUrl, IsTakenApartAndPutTogether) {
  for (const char* text : {"https://kube:443", "http://127.0.0.1:8080", "https://[::1]:6443/a/b"}) {
    const auto url = parse_server_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(to_string(*url), text);
  }
  EXPECT_EQ(to_string(*parse_server_url("http://kube/")), "http://kube:80");
  EXPECT_EQ(to_string(*parse_server_url("https://[fe80::1]")), "https://[fe80::1]:443");
  for (const char* text :
       {"", "kube", "ftp://kube", "https://", "https://:443", "https://kube:", "https://kube:0", "https://kube:65536",
        "https://kube:4a", "https://u@kube", "https://kube?x", "https://kube/#x", "https://[::1", "https://[::1]443",
        "https://[::1]:", "https://[]", "https://ku be", "https://ku\nbe"}) {
    EXPECT_FALSE(parse_server_url(text)) << text;
  }
}

}  // namespace
}  // namespace sallyport::net
