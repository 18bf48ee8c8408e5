#include "net/proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sallyport::net {
namespace {

using testing::HasSubstr;
using testing::Not;

// Where calls to a server go; "-": straight to it.
std::string way_to(const std::string& server, const ProxySettings& settings) {
  const auto proxy = proxy_to(*parse_server_url(server), settings);
  if (!proxy) return proxy.error().message();
  return *proxy ? (*proxy)->host + ":" + std::to_string((*proxy)->port) : "-";
}

TEST(Proxy, IsTakenApart) {
  const struct {
    const char *text, *host;
    std::uint16_t port;
    const char* authorization;
  } cases[] = {
      {"http://proxy:3128", "proxy", 3128, ""},
      {"http://proxy/", "proxy", 80, ""},
      {"proxy:3128", "proxy", 3128, ""},
      {"http://[::1]:3128", "::1", 3128, ""},
      {"http://me:s3cret@proxy:3128", "proxy", 3128, "Basic bWU6czNjcmV0"},
      {"http://me:p%40ss@proxy", "proxy", 80, "Basic bWU6cEBzcw=="},
      {"http://me:p@ss%zz@proxy", "proxy", 80, "Basic bWU6cEBzcyV6eg=="},
      {"http://me:p%40100%@proxy", "proxy", 80, "Basic bWU6cCU0MDEwMCU="},
      {"http://m%3Ae:a+b@proxy", "proxy", 80, "Basic bTplOmErYg=="},
      {"http://me@proxy", "proxy", 80, "Basic bWU6"},
  };
  for (const auto& c : cases) {
    const auto proxy = parse_proxy_url(c.text);
    ASSERT_TRUE(proxy) << c.text << ": " << proxy.error().message();
    EXPECT_EQ(proxy->host, c.host) << c.text;
    EXPECT_EQ(proxy->port, c.port) << c.text;
    EXPECT_EQ(proxy->authorization.reveal(), c.authorization) << c.text;
    EXPECT_EQ(proxy->clone().authorization.reveal(), c.authorization) << c.text;
  }
}

TEST(Proxy, WhatIsNoneIsRefusedWithoutItsPassword) {
  for (const char* text :
       {"https://me:s3cret@proxy:3128", "socks5://me:s3cret@proxy", "http://me:s3cret@", "http://me:s3cret/x@:80",
        "http://me:s3cret@proxy:0", "http://me:s3cret@pro\r\nxy", "://me:s3cret@proxy"}) {
    const auto proxy = parse_proxy_url(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_THAT(proxy.error().message(), Not(HasSubstr("s3cret")));
  }
  EXPECT_EQ(parse_proxy_url("socks5://me:s3cret@proxy").error().message(),
            "the proxy socks5://proxy is not supported; only http:// proxies are");
}

TEST(Proxy, IsTheOneForTheServersScheme) {
  const ProxySettings settings{.https = "http://s:1", .http = "http://p:2", .none_for = ""};
  EXPECT_EQ(way_to("https://kube:6443", settings), "s:1");
  EXPECT_EQ(way_to("http://kube", settings), "p:2");
  EXPECT_EQ(way_to("https://kube", {.https = "", .http = "http://p:2", .none_for = ""}), "-");
  EXPECT_EQ(way_to("https://kube", {.https = "socks5://s", .http = "", .none_for = ""}),
            "HTTPS_PROXY: the proxy socks5://s is not supported; only http:// proxies are");
}

TEST(Proxy, IsNotForWhatIsHereAndWhatNoProxyNames) {
  const struct {
    const char *server, *none_for;
    bool through;
  } cases[] = {
      {"https://kube", "", true},
      {"https://localhost:6443", "", false},
      {"https://127.8.8.8", "", false},
      {"https://[::1]", "", false},
      {"https://kube", "*", false},
      {"https://kube", "a, KUBE ,b", false},
      {"https://api.kube", "kube", false},
      {"https://apikube", "kube", true},
      {"https://kube", ".kube", true},
      {"https://api.kube", ".kube", false},
      {"https://api.kube", "*.kube", false},
      {"https://kube", "*.kube", true},
      {"https://kube:6443", "kube:6443", false},
      {"https://kube:6443", "kube:443", true},
      {"https://api.kube:6443", ".kube:6443", false},
      {"https://10.1.2.3", "10.0.0.0/8", false},
      {"https://11.1.2.3", "10.0.0.0/8", true},
      {"https://10.1.2.3", "10.9.9.9/8", false},
      {"https://10.1.2.3", "10.1.2.3", false},
      {"https://10.1.2.3:6443", "10.1.2.3:6443", false},
      {"https://10.1.2.3:6443", "10.1.2.3:443", true},
      {"https://10.1.2.3", "0.1.2.3", true},
      {"https://10.1.2.3", "2.3", false},  // as Go: a domain like any other
      {"https://[fd00::1]", "fd00::/8", false},
      {"https://[fd00::1]", "fd00::1", false},
      {"https://[fd00::1]:6443", "[fd00::1]:6443", false},
      {"https://[fd00::1]:6443", "[fd00::1]:443", true},
      {"https://[fd00::1]", "10.0.0.0/8", true},
      {"https://kube", "10.0.0.0/8,,:443,.,/", true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(way_to(c.server, {.https = "http://p:1", .http = "", .none_for = c.none_for}), c.through ? "p:1" : "-")
        << c.server << " with NO_PROXY=" << c.none_for;
  }
}

TEST(Proxy, IsAskedForAWay) {
  const auto open = parse_proxy_url("http://proxy");
  const auto closed = parse_proxy_url("http://me:s3cret@proxy");
  EXPECT_EQ(connect_request(*open, "[::1]:6443"), "CONNECT [::1]:6443 HTTP/1.1\r\nHost: [::1]:6443\r\n\r\n");
  EXPECT_EQ(connect_request(*closed, "kube:443"),
            "CONNECT kube:443 HTTP/1.1\r\nHost: kube:443\r\nProxy-Authorization: Basic bWU6czNjcmV0\r\n\r\n");
  EXPECT_TRUE(check_connect_answer(*open, "kube:443", 200));
  EXPECT_EQ(check_connect_answer(*open, "kube:443", 403).error().message(),
            "the proxy proxy:80 does not let us through to kube:443 (HTTP 403)");
  EXPECT_EQ(check_connect_answer(*open, "kube:443", 407).error().message(),
            "the proxy proxy:80 does not let us through to kube:443 (HTTP 407: it wants a user and a password, "
            "http://USER:PASSWORD@HOST:PORT)");
  EXPECT_EQ(
      check_connect_answer(*closed, "kube:443", 407).error().message(),
      "the proxy proxy:80 does not let us through to kube:443 (HTTP 407: it does not accept the user and password "
      "of its URL)");
}

}  // namespace
}  // namespace sallyport::net
