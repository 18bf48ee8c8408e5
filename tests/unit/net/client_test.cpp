#include "net/client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/client_fixture.hpp"
#include "unit/net/script.hpp"

namespace sallyport::net::test {
namespace {

using namespace boost::asio::experimental::awaitable_operators;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class ClientTlsTest : public ClientTest {
 protected:
  [[nodiscard]] Endpoint endpoint() const {
    Endpoint endpoint = plain(server_.port());
    endpoint.tls = true;
    endpoint.ca_pem = authority_.pem();
    return endpoint;
  }

  TestServer server_{echo, {}, make_tls(authority_.issue_server("server"), authority_.pem())};
};

TEST_F(ClientTlsTest, SendsAndKeepsTheConnection) {
  Client& to = client(endpoint());
  for (int i = 0; i < 3; ++i) {
    const auto response = send(to, put());
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "PUT /put a=b nobody the body");
    EXPECT_EQ(response->headers.get("Content-Type"), "text/plain");
    EXPECT_THAT(std::string(*response->headers.get("date")), EndsWith(" GMT"));
  }
  EXPECT_EQ(server_.counters()[Event::connection_accepted], 1u);
}

TEST_F(ClientTlsTest, CallsAtOnceUseConnectionsOfTheirOwn) {
  Client& to = client(endpoint());
  const auto both = [](Client* over, ClientRequest one, ClientRequest two) -> boost::asio::awaitable<bool> {
    const auto deadline = Clock::now() + kLong;
    const auto [first, second] =
        co_await (over->send(std::move(one), deadline) && over->send(std::move(two), deadline));
    co_return first&& second && first->body.starts_with("PUT") && second->body.starts_with("GET");
  };
  EXPECT_TRUE(loop_.await(both(&to, put(), get())));
  EXPECT_EQ(server_.counters()[Event::connection_accepted], 2u);
  EXPECT_TRUE(loop_.await(both(&to, put(), get())));
  EXPECT_EQ(server_.counters()[Event::connection_accepted], 2u);
}

TEST_F(ClientTlsTest, ShowsItsCertificate) {
  Endpoint with_certificate = endpoint();
  const Issued issued = authority_.issue_client("sallyport");
  with_certificate.client_chain_pem = issued.chain_pem;
  with_certificate.client_key_pem = Secret(issued.key_pem);
  const auto response = send(client(std::move(with_certificate)), get());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "GET /get  sallyport ");
}

TEST_F(ClientTlsTest, ResolvesNames) {
  Endpoint named = endpoint();
  named.host = "localhost";
  const auto response = send(client(std::move(named)), get());
  ASSERT_TRUE(response) << response.error().message();
}

TEST_F(ClientTlsTest, TrustsNobodyElse) {
  const Authority other("ca");
  Endpoint wrong_ca = endpoint();
  wrong_ca.ca_pem = other.pem();
  Endpoint system_roots = endpoint();
  system_roots.ca_pem = "";
  Endpoint wrong_name = endpoint();
  wrong_name.server_name = "kubernetes.default.svc";
  for (Endpoint* each : {&wrong_ca, &system_roots, &wrong_name}) {
    const auto response = send(client(std::move(*each)), put());
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
    EXPECT_THAT(response.error().message(), HasSubstr("TLS handshake with 127.0.0.1:"));
  }
  EXPECT_EQ(server_.counters()[Event::request_complete], 0u);
}

TEST_F(ClientTlsTest, AConnectionThatTheServerClosedIsNotUsedAgain) {
  Limits limits;
  limits.idle = kShort;
  TestServer impatient(echo, limits, make_tls(authority_.issue_server("server")));
  Endpoint to_it = endpoint();
  to_it.port = impatient.port();
  Client& to = client(std::move(to_it));
  ASSERT_TRUE(send(to, put()));
  ASSERT_TRUE(impatient.saw(Event::timed_out_idle));
  ASSERT_TRUE(eventually([&] { return impatient.counters().connections == 0; }));
  EXPECT_TRUE(send(to, put()));
}

TEST_F(ClientTest, RefusesUnusableKeys) {
  Endpoint endpoint;
  endpoint.ca_pem = "nonsense";
  const auto bad_ca = Client::make(loop_.io().get_executor(), std::move(endpoint));
  ASSERT_FALSE(bad_ca);
  EXPECT_EQ(bad_ca.error().code(), ErrorCode::bad_input);
  Endpoint mixed;
  mixed.client_chain_pem = authority_.issue_client("one").chain_pem;
  mixed.client_key_pem = Secret(authority_.issue_client("two").key_pem);
  const auto bad_key = Client::make(loop_.io().get_executor(), std::move(mixed));
  ASSERT_FALSE(bad_key);
  EXPECT_THAT(bad_key.error().message(), StartsWith("the client certificate cannot be used"));
}

TEST_F(ClientTest, WritesNothingThatIsNotOneRequest) {
  Client& to = client(plain(1));
  ClientRequest split = get();
  split.target = "/ HTTP/1.1\r\nHost: other\r\n\r\nGET /";
  ClientRequest blank = get();
  blank.target = "/a b";
  ClientRequest header = get();
  header.headers = {{"Accept", "x\r\nInjected: y"}};
  ClientRequest framing = put();
  framing.headers = {{"Transfer-Encoding", "chunked"}};
  ClientRequest type = put();
  type.content_type = "text/x\r\nInjected: y";
  for (const ClientRequest& each : {split, blank, header, framing, type, ClientRequest{}}) {
    const auto response = send(to, each);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::bad_input);
  }
}

TEST_F(ClientTest, NobodyThereMeansNothingWasSent) {
  std::uint16_t port = 0;
  {
    port = Script({}).port();
  }
  const auto response = send(client(plain(port)), put());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST_F(ClientTest, ReturnsRedirectsAndErrorsAsTheyAre) {
  Script server({[](Peer& peer) {
    (void)peer.read_message();
    peer.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    (void)peer.read_message();
    peer.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait");
  }});
  Client& to = client(plain(server.port()));
  EXPECT_EQ(send(to, get())->status, 302);
  const auto refused = send(to, put());
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->headers.get("Retry-After"), "7");
  EXPECT_EQ(refused->body, "wait");
}

TEST_F(ClientTest, KeepsRepeatedHeadersOfAnAnswerUpToTheBound) {
  const auto fields = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "Set-Cookie: n=" + std::to_string(i) + "\r\n";
    return text;
  };
  Script server({[&](Peer& peer) {
    (void)peer.read_message();
    peer.send(answer("", fields(Headers::kMostFields - 1)));
    (void)peer.read_message();
    peer.send(answer("", fields(Headers::kMostFields)));
  }});
  Client& to = client(plain(server.port()));
  const auto most = send(to, put());
  ASSERT_TRUE(most) << most.error().message();
  const auto cookies = most->headers.all("set-cookie");
  ASSERT_EQ(cookies.size(), Headers::kMostFields - 1);
  EXPECT_EQ(cookies.front(), "n=0");
  EXPECT_EQ(cookies.back(), "n=98");
  const auto too_many = send(to, put());
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code(), ErrorCode::unknown_outcome);
}

TEST_F(ClientTest, SendsWhatItWasGiven) {
  std::string got;
  Script server({[&](Peer& peer) {
    got = peer.read_message();
    peer.send(answer(""));
  }});
  ASSERT_TRUE(send(client(plain(server.port())), put()));
  EXPECT_EQ(got, "PUT /put?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                     "\r\nAccept: application/json\r\nContent-Type: text/x\r\nContent-Length: 8\r\n\r\nthe body");
}

TEST_F(ClientTest, AKeptConnectionThatDiesCostsAGetNothingAndAPutItsCertainty) {
  const auto once_then_die = [](Peer& peer) {
    (void)peer.read_message();
    peer.send(answer("first"));
    (void)peer.read_message();
  };
  const auto second = [](Peer& peer) {
    (void)peer.read_message();
    peer.send(answer("second"));
  };
  Script for_get({once_then_die, second});
  Client& getting = client(plain(for_get.port()));
  EXPECT_EQ(send(getting, get())->body, "first");
  const auto again = send(getting, get());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->body, "second");

  Script for_put({once_then_die, second});
  Client& putting = client(plain(for_put.port()));
  EXPECT_EQ(send(putting, put())->body, "first");
  const auto lost = send(putting, put());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code(), ErrorCode::unknown_outcome);
  EXPECT_EQ(for_put.accepted(), 1u);
}

// As when a firewall forgets it: nobody says that it is gone.
TEST_F(ClientTest, AKeptConnectionThatWentSilentCostsAGetHalfOfItsTime) {
  Script server({[](Peer& peer) {
                   (void)peer.read_message();
                   peer.send(answer("first"));
                   (void)peer.read_to_end();
                 },
                 [](Peer& peer) {
                   (void)peer.read_message();
                   peer.send(answer("second"));
                 }});
  Client& to = client(plain(server.port()));
  EXPECT_EQ(send(to, get())->body, "first");
  const auto again = send(to, get(), 2s);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->body, "second");
}

TEST_F(ClientTest, AFreshConnectionThatDiesIsNotTriedAgain) {
  const auto die = [](Peer& peer) { (void)peer.read_message(); };
  Script server({die, die});
  const auto lost = send(client(plain(server.port())), get());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(server.accepted(), 1u);
}

struct Broken {
  const char* name;
  std::string answer;
};

class BrokenAnswerTest : public ClientTest, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenAnswerTest, LeavesAPutUnknownAndAGetUnanswered) {
  const auto break_off = [](Peer& peer) {
    (void)peer.read_message();
    peer.send(GetParam().answer);
  };
  Script server({break_off, break_off});
  Client& to = client(plain(server.port()));
  const auto written = send(to, put());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::unknown_outcome);
  const auto read = send(to, get());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::unavailable);
}

INSTANTIATE_TEST_SUITE_P(Table, BrokenAnswerTest,
                         testing::Values(Broken{"Nothing", ""}, Broken{"HalfAHead", "HTTP/1.1 200 OK\r\nContent-"},
                                         Broken{"HalfABody", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"},
                                         Broken{"HalfAChunk",
                                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhel"},
                                         Broken{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
                                         Broken{"LargeHead", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')}),
                         [](const auto& info) { return info.param.name; });

TEST_F(ClientTest, AnAnswerBeyondTheCapIsNoAnswer) {
  Script server({[](Peer& peer) {
    (void)peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n");
    (void)peer.read_to_end();
  }});
  const auto response = send(client(plain(server.port())), put());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::unknown_outcome);
  EXPECT_THAT(response.error().message(), HasSubstr("body limit"));
}

TEST_F(ClientTest, ADeadlineLeavesAPutUnknown) {
  Gate gate;
  TestServer server(gate.handler());
  Client& to = client(plain(server.port()));
  const auto written = send(to, put(), kShort);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::unknown_outcome);
  const auto read = send(to, get(), kShort);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::unavailable);
  EXPECT_TRUE(eventually([&] { return gate.is_closed(0) && gate.is_closed(1); }));
}

TEST_F(ClientTest, ADeadlineInTheHandshakeMeansNothingWasSent) {
  Script silent({[](Peer& peer) { (void)peer.read_to_end(); }});
  Endpoint endpoint = plain(silent.port());
  endpoint.tls = true;
  const auto response = send(client(std::move(endpoint)), put(), kShort);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST_F(ClientTest, ACancelledCallClosesItsConnection) {
  Gate gate;
  TestServer server(gate.handler());
  Client& to = client(plain(server.port()));
  const auto cancel = [](Client* over, ClientRequest request, Gate* until) -> boost::asio::awaitable<bool> {
    const auto wait_until_held = [](Gate* held) -> boost::asio::awaitable<void> {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
      while (held->waiting() == 0) {
        timer.expires_after(1ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
      }
    };
    const auto first = co_await (over->send(std::move(request), Clock::now() + kLong) || wait_until_held(until));
    co_return first.index() == 1;
  };
  EXPECT_TRUE(loop_.await(cancel(&to, put(), &gate)));
  EXPECT_TRUE(eventually([&] { return gate.is_closed(0); }));
}

}  // namespace
}  // namespace sallyport::net::test
