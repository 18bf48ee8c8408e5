#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/client_fixture.hpp"
#include "unit/net/script.hpp"

namespace sallyport::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using ClientProxyTest = ClientTest;

// A server that only the proxy could find.
Endpoint behind(std::uint16_t proxy_port) {
  Endpoint endpoint = plain(6443);
  endpoint.host = "no-such-server.invalid";
  endpoint.proxy = Proxy{"127.0.0.1", proxy_port, Secret("Basic bWU6czNjcmV0")};
  return endpoint;
}

// A Script plays the proxy: what it says, and whatever comes after on the same connection.
TEST_F(ClientProxyTest, AProxyIsAskedForTheWayAndSeesTheRequestsAfterIt) {
  std::vector<std::string> seen;
  Script proxy({[&seen](Peer& peer) {
    seen.push_back(peer.read_message());
    peer.send("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n");
    for (int i = 0; i < 2; ++i) {
      seen.push_back(peer.read_message());
      peer.send(answer("through"));
    }
  }});
  Client& to = client(behind(proxy.port()));
  for (int i = 0; i < 2; ++i) {
    const auto response = send(to, put());
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "through");
  }
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0],
            "CONNECT no-such-server.invalid:6443 HTTP/1.1\r\nHost: no-such-server.invalid:6443\r\n"
            "Proxy-Authorization: Basic bWU6czNjcmV0\r\n\r\n");
  EXPECT_THAT(seen[1], StartsWith("PUT /put?a=b HTTP/1.1\r\nHost: no-such-server.invalid:6443\r\n"));
  EXPECT_THAT(seen[1], Not(HasSubstr("Proxy-Authorization")));
  EXPECT_EQ(seen[1], seen[2]);
}

TEST_F(ClientProxyTest, AProxyThatDoesNotLetUsThroughIsNamedAndNothingWasSent) {
  const struct {
    std::string says, why;
  } cases[] = {
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nevil",
       " does not let us through to no-such-server.invalid:6443 (HTTP 403)"},
      {"HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n\r\n", "(HTTP 302)"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", "header limit"},
      {"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", " says more than it was asked"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "reading the answer of the proxy"},
      {"", "reading the answer of the proxy"},
  };
  for (const auto& c : cases) {
    Script proxy({[&c](Peer& peer) {
      (void)peer.read_message();
      peer.send(c.says);
      peer.hang_up();
    }});
    const auto response = send(client(behind(proxy.port())), put());
    ASSERT_FALSE(response) << c.why;
    EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
    EXPECT_THAT(response.error().message(), HasSubstr("the proxy 127.0.0.1:" + std::to_string(proxy.port())));
    EXPECT_THAT(response.error().message(), HasSubstr(c.why));
    EXPECT_THAT(response.error().message(), Not(HasSubstr("evil")));
  }
}

TEST_F(ClientProxyTest, AProxyThatSaysNothingEndsWithTheDeadline) {
  Script silent({[](Peer& peer) { (void)peer.read_to_end(); }});
  const auto response = send(client(behind(silent.port())), put(), kShort);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST_F(ClientProxyTest, AProxyThatIsNotThereIsNamed) {
  Endpoint endpoint = behind(1);
  EXPECT_EQ(send(client(std::move(endpoint)), put()).error().message(),
            "connecting to the proxy 127.0.0.1:1: Connection refused");
  endpoint = behind(1);
  endpoint.proxy->host = "no-such-proxy.invalid";
  EXPECT_THAT(send(client(std::move(endpoint)), put()).error().message(),
              StartsWith("the proxy no-such-proxy.invalid:1: resolving no-such-proxy.invalid: "));
}

}  // namespace
}  // namespace sallyport::net::test
