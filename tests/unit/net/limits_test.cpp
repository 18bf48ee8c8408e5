// What a caller can make the server spend: time, connections, memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kShort = 300ms;
constexpr auto kLong = 10min;
// Short, and the sweep, and time for a loaded machine; far below what the other limits of these tests are.
constexpr auto kSoon = 30s;

Limits all(std::chrono::milliseconds time) {
  Limits limits;
  limits.handshake = limits.head = limits.request = limits.write = limits.idle = time;
  return limits;
}

TEST(LimitsTest, HandshakeHasToEnd) {
  Limits limits = all(kLong);
  limits.handshake = kShort;
  TestServer server(echo, limits, make_tls(Authority("ca").issue_server("server")));
  Peer silent = Peer::plain(server.port());
  Peer begun = Peer::plain(server.port());
  begun.send("\x16\x03\x01\x02");
  EXPECT_TRUE(silent.ends_within(kSoon));
  EXPECT_TRUE(begun.ends_within(kSoon));
  EXPECT_TRUE(server.saw(Event::timed_out_handshake, 2));
}

TEST(LimitsTest, AHeadHasToEndHoweverSteadilyItComes) {
  Limits limits = all(kLong);
  limits.head = kShort;
  TestServer server(echo, limits);
  Peer slow = Peer::plain(server.port());
  slow.send("POST / HTTP/1.1\r\nHost: a\r\nX: ");
  const auto began = std::chrono::steady_clock::now();
  while (slow.send("x") && std::chrono::steady_clock::now() - began < kSoon) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(server.saw(Event::timed_out_head));
  EXPECT_LT(std::chrono::steady_clock::now() - began, kSoon);
}

TEST(LimitsTest, ABodyHasToEndHoweverSteadilyItComes) {
  Limits limits = all(kLong);
  limits.request = kShort;
  TestServer server(echo, limits);
  Peer slow = Peer::plain(server.port());
  slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  const auto began = std::chrono::steady_clock::now();
  while (slow.send("x") && std::chrono::steady_clock::now() - began < kSoon) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(server.saw(Event::timed_out_body));
  EXPECT_EQ(server.counters()[Event::request_complete], 0u);
  EXPECT_TRUE(eventually([&] { return server.counters().body_bytes_in_flight == 0; }));
}

TEST(LimitsTest, AnAnswerHasToBeRead) {
  Limits limits = all(kLong);
  limits.write = kShort;
  TestServer server([](Request) -> Answer { return Response{200, "text/plain", std::string(30'000'000, 'x')}; },
                    limits);
  Peer deaf = Peer::plain(server.port());
  deaf.send(post("/", "talk"));
  EXPECT_TRUE(server.saw(Event::timed_out_write));
}

TEST(LimitsTest, AnIdleConnectionEndsAndSaysSo) {
  Limits limits = all(kLong);
  limits.idle = kShort;
  TestServer server(echo, limits, make_tls(Authority("ca").issue_server("server")));
  Peer peer = Peer::tls(server.port());
  peer.send(post("/", "hello"));
  EXPECT_THAT(peer.read_message(), EndsWith("hello"));
  EXPECT_TRUE(peer.ends_within(kSoon));
  EXPECT_EQ(server.counters()[Event::timed_out_idle], 1u);
}

TEST(LimitsTest, OverTheLimitTheLongestIdleConnectionMakesRoom) {
  Limits limits;
  limits.connections = 3;
  TestServer server(echo, limits);
  std::vector<Peer> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(Peer::plain(server.port()));
    peers.back().send(post("/", "hello"));
    EXPECT_THAT(peers.back().read_message(), EndsWith("hello"));
  }
  peers[0].send(post("/", "not the longest idle any more"));
  EXPECT_THAT(peers[0].read_message(), EndsWith("any more"));
  Peer fourth = Peer::plain(server.port());
  fourth.send(post("/", "hello"));
  EXPECT_THAT(fourth.read_message(), EndsWith("hello"));
  EXPECT_TRUE(peers[1].ends_within(kSoon));
  EXPECT_EQ(server.counters()[Event::connection_evicted], 1u);
  EXPECT_EQ(server.counters().connections, 3u);
  peers[0].send(post("/", "still here"));
  EXPECT_THAT(peers[0].read_message(), EndsWith("still here"));
}

// No descriptor is left for a connection that waits to be accepted, and later there is one.
TEST(LimitsTest, WithoutDescriptorsCallersWaitUntilThereAreSome) {
  TestServer server(echo);
  std::promise<void> let_go;
  boost::asio::post(server.loop().io(), [held = let_go.get_future().share()] { held.wait(); });
  Peer peer = Peer::plain(server.port());  // the kernel's doing
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit none{0, usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  let_go.set_value();
  const bool failed = server.saw(Event::accept_failed);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_TRUE(failed);
  peer.send(post("/", "hello"));
  EXPECT_THAT(peer.read_message(), EndsWith("hello"));
}

TEST(LimitsTest, ConnectionsThatWorkMakeNoRoom) {
  Gate gate;
  Limits limits;
  limits.connections = 2;
  TestServer server(gate.handler(), limits);
  std::vector<Peer> held;
  for (int i = 0; i < 2; ++i) {
    held.push_back(Peer::plain(server.port()));
    held.back().send(post("/", "hold me"));
  }
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 2; }));
  EXPECT_TRUE(Peer::plain(server.port()).ends_within(kSoon));
  EXPECT_EQ(server.counters()[Event::connection_refused], 1u);
  gate.open(server.loop());
  for (Peer& peer : held) EXPECT_THAT(peer.read_message(), EndsWith("released"));
}

TEST(LimitsTest, AFloodOfHalfOpenConnectionsKeepsNobodyOut) {
  Limits limits = all(kLong);
  limits.half_open = 8;
  TestServer server(echo, limits, make_tls(Authority("ca").issue_server("server")));
  Peer honest = Peer::tls(server.port());
  honest.send(post("/", "before"));
  EXPECT_THAT(honest.read_message(), EndsWith("before"));
  std::vector<Peer> flood;
  for (int i = 0; i < 50; ++i) flood.push_back(Peer::plain(server.port()));
  ASSERT_TRUE(server.saw(Event::connection_accepted, 51));
  EXPECT_LE(server.counters().half_open, 8u);
  EXPECT_LE(server.counters().connections, 9u);

  Peer newcomer = Peer::tls(server.port());
  newcomer.send(post("/", "hello"));
  EXPECT_THAT(newcomer.read_message(), EndsWith("hello"));
  honest.send(post("/", "after"));
  EXPECT_THAT(honest.read_message(), EndsWith("after"));
  EXPECT_TRUE(flood[0].ends_within(kSoon));
}

TEST(LimitsTest, BodiesInFlightAreBoundedTogether) {
  Limits limits;
  limits.body_bytes_in_flight = 100'000;
  TestServer server(echo, limits);
  Peer slow = Peer::plain(server.port());
  slow.send(post("/", std::string(80'000, 'x')).substr(0, 1000));
  ASSERT_TRUE(eventually([&] { return server.counters().body_bytes_in_flight == 80'000; }));
  Peer late = Peer::plain(server.port());
  late.send(post("/", std::string(80'000, 'y')));
  const std::string answer = late.read_message();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_TRUE(server.saw(Event::overloaded));
  slow.hang_up();
  ASSERT_TRUE(server.saw(Event::cut_short));
  Peer next = Peer::plain(server.port());
  next.send(post("/", std::string(80'000, 'z')));
  EXPECT_THAT(next.read_message(), EndsWith("zzz"));
}

}  // namespace
}  // namespace sallyport::net::test
