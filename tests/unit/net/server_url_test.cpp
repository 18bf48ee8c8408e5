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
  EXPECT_EQ(parse_server_url("https://kube/a%2fb/@c//")->path, "/a%2fb/@c");
  for (const char* text : {"",
                           "kube",
                           "ftp://kube",
                           "https:kube",
                           "https://",
                           "https:///path",
                           "https://:443",
                           "https://kube:",
                           "https://kube:0",
                           "https://kube:65536",
                           "https://kube:4a",
                           "https://u@kube",
                           "https://kube?x",
                           "https://kube/#x",
                           "https://[::1",
                           "https://[::1]443",
                           "https://[::1]:",
                           "https://[]",
                           "https://[kube]",
                           "https://[v1.x]",
                           "https://ku be",
                           "https://ku\nbe",
                           "https://ku%0d%0abe",
                           "https://ku%62e",
                           "https://kube/%zz",
                           "https://kube/a\x7f"}) {
    EXPECT_FALSE(parse_server_url(text)) << text;
  }
}

TEST(ServerUrl, ErrorsShowNoPassword) {
  EXPECT_EQ(parse_server_url("https://me:s3cret@kube").error().message(),
            "the server URL has a user, which is not shown here");
}

TEST(WebSocketUrl, IsTakenApart) {
  const auto url = parse_web_socket_url("wss://chat.example/link/?ticket=a%2Fb&n=1");
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "chat.example");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/link/?ticket=a%2Fb&n=1");
  EXPECT_EQ(parse_web_socket_url("ws://[::1]:8080")->target, "/");
  EXPECT_EQ(parse_web_socket_url("ws://h?x")->target, "/?x");
  EXPECT_EQ(parse_web_socket_url("ws://h")->port, 80);
  for (const char* text :
       {"https://h", "h", "wss://", "wss://u:p@h", "wss://h/#x", "wss://h:0", "wss://h:4a", "wss://h/\r\nX: y"}) {
    const auto none = parse_web_socket_url(text);
    ASSERT_FALSE(none) << text;
    EXPECT_EQ(none.error().code(), ErrorCode::bad_input);
  }
}

}  // namespace
}  // namespace sallyport::net
