// How a WebSocket opens and carries text, against a server by another library.
#include "net/web_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/script.hpp"
#include "unit/net/web_socket_fixture.hpp"

namespace sallyport::net::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(WebSocketTest, CarriesTextBothWays) {
  open(to("/echo"));
  const std::string texts[] = {"hello", "", std::string(200'000, 'x'), "gr\xc3\xbc\xc3\x9f"};
  for (const std::string& text : texts) {
    ASSERT_TRUE(write(text));
    EXPECT_EQ(next(), Message(text));
  }
}

TEST_F(WebSocketTest, RunsOverTlsAndTrustsNobodyElse) {
  open(over_tls_to("/echo"));
  ASSERT_TRUE(write("secret"));
  EXPECT_EQ(next(), Message("secret"));
  WebSocketOptions options = over_tls_to("/echo");
  options.ca_pem = Authority("ca").pem();
  const auto stranger = connect(std::move(options));
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code(), ErrorCode::unavailable);
  EXPECT_THAT(stranger.error().message(), HasSubstr("TLS handshake with 127.0.0.1:"));
}

TEST_F(WebSocketTest, GoesThroughAProxy) {
  WebSocketOptions options = over_tls_to("/echo");
  options.proxy = counterpart().proxy();
  open(std::move(options));
  ASSERT_TRUE(write("through"));
  EXPECT_EQ(next(), Message("through"));
}

TEST_F(WebSocketTest, SendsItsHeadersAndTheWholeTarget) {
  WebSocketOptions options = to("/request?ticket=a%2Fb");
  options.headers = {{"Authorization", "Bearer x"}, {"X-More", "one"}};
  open(std::move(options));
  const auto request = next();
  ASSERT_TRUE(request);
  EXPECT_THAT(*request, AllOf(HasSubstr(R"("/request?ticket=a%2Fb")"), HasSubstr(R"("Authorization": "Bearer x")"),
                              HasSubstr(R"("X-More": "one")")));
  EXPECT_THAT(*request, Not(HasSubstr("Extensions")));
}

TEST_F(WebSocketTest, WhatCannotBeSentIsRefused) {
  WebSocketOptions injected = to("/echo");
  injected.headers = {{"X", "y\r\nInjected: z"}};
  WebSocketOptions framing = to("/echo");
  framing.headers = {{"Upgrade", "h2c"}};
  WebSocketOptions no_url;
  no_url.url = "https://127.0.0.1/";
  for (WebSocketOptions* each : {&injected, &framing, &no_url}) {
    const auto refused = connect(std::move(*each));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::bad_input);
  }
}

TEST_F(WebSocketTest, ARefusalIsToldByItsStatusAndNoRedirectFollowed) {
  for (const std::string path : {"/refused", "/elsewhere"}) {
    const auto refused = connect(to(path));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
    EXPECT_THAT(refused.error().message(), HasSubstr(path == "/refused" ? "(HTTP 403)" : "(HTTP 302)"));
  }
}

TEST_F(WebSocketTest, AServerOrProxyThatDoesNotAnswerEndsWithTheDeadline) {
  const auto wait = [](Peer& peer) { (void)peer.read_to_end(); };
  Script silent({wait, wait});
  WebSocketOptions direct;
  direct.url = "ws://127.0.0.1:" + std::to_string(silent.port()) + "/?ticket=secret";
  WebSocketOptions proxied = to("/?ticket=secret");
  proxied.proxy = Proxy{"127.0.0.1", silent.port(), {}};
  for (WebSocketOptions* each : {&direct, &proxied}) {
    const auto none = connect(std::move(*each), kShort);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), ErrorCode::unavailable);
    EXPECT_THAT(none.error().message(), Not(HasSubstr("secret")));
  }
  EXPECT_EQ(silent.accepted(), 2u);
}

}  // namespace
}  // namespace sallyport::net::test
