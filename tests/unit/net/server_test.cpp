#include "net/server.hpp"

#include <atomic>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(ServerTest, AnswersOneRequestAfterAnother) {
  TestServer server(echo);
  Peer peer = Peer::plain(server.port());
  for (const std::string body : {"one", "two", "three"}) {
    ASSERT_TRUE(peer.send(post("/admit?timeout=10s", body)));
    const std::string answer = peer.read_message();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nPOST /admit timeout=10s nobody " + body));
    EXPECT_THAT(answer, Not(HasSubstr("Connection: close")));
  }
  EXPECT_TRUE(server.saw(Event::answered, 3));
  EXPECT_EQ(server.counters().connections, 1u);
  peer.close();
  EXPECT_TRUE(eventually([&] { return server.counters().connections == 0; }));
}

TEST(ServerTest, TakesABodyOfTheLimitAndRefusesOneByteMore) {
  TestServer server(
      [](Request request) -> Answer { return Response{200, "text/plain", std::to_string(request.body.size())}; });
  const std::size_t limit = Limits{}.body_bytes;
  Peer peer = Peer::plain(server.port());
  ASSERT_TRUE(peer.send(post("/", std::string(limit, 'x'))));
  EXPECT_THAT(peer.read_message(), EndsWith("\r\n\r\n" + std::to_string(limit)));
  EXPECT_TRUE(eventually([&] { return server.counters().body_bytes_in_flight == 0; }));

  // The body is sent all the same, as simple clients do: the answer must still be read.
  peer.send(post("/", std::string(limit + 1, 'x')));
  const std::string answer = peer.read_message();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_EQ(server.counters()[Event::body_too_large], 1u);
}

TEST(ServerTest, GivesEachHandlerTheBytesOfItsOwnRequest) {
  const auto tls = make_tls(Authority("ca").issue_server("server"));
  TestServer server(echo, {}, tls);
  std::vector<Peer> peers;
  for (int i = 0; i < 8; ++i) peers.push_back(Peer::tls(server.port()));
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const std::string bytes = post("/", std::string(200'000, static_cast<char>('a' + i)));
    ASSERT_TRUE(peers[i].send(bytes.substr(0, 120'000)));
  }
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const std::string bytes = post("/", std::string(200'000, static_cast<char>('a' + i)));
    ASSERT_TRUE(peers[i].send(bytes.substr(120'000)));
    EXPECT_THAT(peers[i].read_message(), EndsWith(" nobody " + std::string(200'000, static_cast<char>('a' + i))));
  }
}

TEST(ServerTest, SaysContinueToWhoWaitsForIt) {
  TestServer server(echo);
  Peer peer = Peer::plain(server.port());
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.read_message(), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("hello");
  EXPECT_THAT(peer.read_message(), EndsWith("hello"));
}

TEST(ServerTest, ClosesAfterAnHttp10Request) {
  TestServer server(echo);
  Peer peer = Peer::plain(server.port());
  peer.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_THAT(peer.read_to_end(), EndsWith("GET /livez  nobody "));
}

TEST(ServerTest, SendsNoBodyToHead) {
  TestServer server(echo);
  Peer peer = Peer::plain(server.port());
  peer.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string answer = peer.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 15\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(ServerTest, AThrowingHandlerAnswers500AndTheConnectionGoesOn) {
  const auto fail_once = [first = true](Request request) mutable -> Answer {
    if (std::exchange(first, false)) throw std::runtime_error("secret");
    return echo(std::move(request));
  };
  TestServer server(fail_once);
  Peer peer = Peer::plain(server.port());
  peer.send(post("/", "one"));
  const std::string answer = peer.read_message();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
  EXPECT_EQ(server.counters()[Event::handler_failed], 1u);
  peer.send(post("/", "two"));
  EXPECT_THAT(peer.read_message(), EndsWith("two"));
}

TEST(ServerTest, WritesAnAnswerThatTheCallerReadsSlowly) {
  const std::string large(30'000'000, 'y');
  TestServer server([&](Request) -> Answer { return Response{200, "text/plain", large}; }, {},
                    make_tls(Authority("ca").issue_server("server")));
  Peer peer = Peer::tls(server.port());
  peer.send(post("/", "give me"));
  ASSERT_TRUE(server.saw(Event::request_complete));
  server.loop().run([] {});  // by now it has written what the sockets take
  EXPECT_EQ(server.counters()[Event::answered], 0u);
  EXPECT_TRUE(peer.read_message().ends_with(large));
}

TEST(ServerTest, ACallerThatHangsUpInTheAnswerRaisesNoSignal) {
  static std::atomic<int> signals;
  const auto large = [](Request) -> Answer { return Response{200, "text/plain", std::string(30'000'000, 'y')}; };
  for (const bool encrypted : {true, false}) {
    TestServer server(large, {}, encrypted ? make_tls(Authority("ca").issue_server("server")) : nullptr);
    Peer peer = encrypted ? Peer::tls(server.port()) : Peer::plain(server.port());
    const auto before = std::signal(SIGPIPE, [](int) { ++signals; });
    peer.send(post("/", "give me"));
    EXPECT_TRUE(server.saw(Event::request_complete));
    peer.hang_up();
    EXPECT_TRUE(server.saw(Event::caller_gone));
    std::signal(SIGPIPE, before);
  }
  EXPECT_EQ(signals, 0);
}

TEST(ServerTest, TwoServersShareOnePort) {
  TestServer first(echo);
  Loop loop;
  std::unique_ptr<Server> second;
  loop.run([&] {
    second = std::make_unique<Server>(
        loop.io(), Server::Options{"127.0.0.1:" + std::to_string(first.port()), nullptr, {}, nullptr}, echo);
    EXPECT_TRUE(second->start());
  });
  // The kernel shares connections out by their ports: a few dozen reach both.
  for (int i = 0; i < 40; ++i) {
    Peer peer = Peer::plain(first.port());
    peer.send(post("/", "hello"));
    EXPECT_THAT(peer.read_message(), EndsWith("hello"));
  }
  EXPECT_GT(first.counters()[Event::answered], 0u);
  EXPECT_GT(second->counters()[Event::answered], 0u);
  loop.run([&] { second.reset(); });
}

TEST(ServerTest, SaysWhatIsWrongWithAnAddress) {
  boost::asio::io_context io;
  for (const std::string address :
       {"", "9443", "localhost:9443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:80"}) {
    Server server(io, {address, nullptr, {}, nullptr}, echo);
    const auto started = server.start();
    ASSERT_FALSE(started) << address;
    EXPECT_EQ(started.error().code(), ErrorCode::bad_input);
  }
  TestServer taken(echo);
  Server server(io, {"127.0.0.1:" + std::to_string(taken.port()), nullptr, {}, nullptr, false}, echo);
  const auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message(), HasSubstr("listening on 127.0.0.1:"));
}

TEST(ServerTest, ListensOnEveryAddressAndOnIpv6) {
  Loop loop;
  for (const std::string address : {":0", "[::]:0", "0.0.0.0:0"}) {
    std::unique_ptr<Server> server;
    loop.run([&] {
      server = std::make_unique<Server>(loop.io(), Server::Options{address, nullptr, {}, nullptr}, echo);
      EXPECT_TRUE(server->start()) << address;
    });
    Peer peer = Peer::plain(server->local_port());
    peer.send(post("/", "hello"));
    EXPECT_THAT(peer.read_message(), EndsWith("hello")) << address;
    loop.run([&] { server.reset(); });
  }
}

}  // namespace
}  // namespace sallyport::net::test
