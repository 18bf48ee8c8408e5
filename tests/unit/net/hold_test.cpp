// A call whose handler waits: it ends with the caller, and with the server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class HoldTest : public testing::Test {
 protected:
  [[nodiscard]] Peer hold_one(const TestServer& server, Peer peer) {
    const std::size_t before = gate_.waiting();
    EXPECT_TRUE(peer.send(post("/", "hold me")));
    EXPECT_TRUE(eventually([&] { return gate_.waiting() > before; }));
    EXPECT_EQ(server.counters().body_bytes_in_flight, 0u);
    return peer;
  }

  Gate gate_;
  std::shared_ptr<TlsContext> tls_ = make_tls(Authority("ca").issue_server("server"));
};

TEST_F(HoldTest, ReleasedCallsAreAnsweredAndTheConnectionGoesOn) {
  TestServer server(gate_.handler(), {}, tls_);
  Peer peer = hold_one(server, Peer::tls(server.port()));
  gate_.open(server.loop());
  EXPECT_THAT(peer.read_message(), EndsWith("released"));
  peer = hold_one(server, std::move(peer));
  gate_.open(server.loop());
  const std::string answer = peer.read_message();
  EXPECT_THAT(answer, EndsWith("released"));
  EXPECT_THAT(answer, Not(HasSubstr("Connection: close")));
  EXPECT_FALSE(gate_.is_closed(0));
  EXPECT_FALSE(gate_.is_closed(1));
}

TEST_F(HoldTest, EveryWayOfHangingUpEndsTheCall) {
  TestServer plain(gate_.handler());
  TestServer encrypted(gate_.handler(), {}, tls_);
  struct Way {
    TestServer* server;
    bool tls;
    void (Peer::*end)();
  };
  const Way ways[] = {{&plain, false, &Peer::hang_up},    {&plain, false, &Peer::reset},
                      {&plain, false, &Peer::half_close}, {&encrypted, true, &Peer::close},
                      {&encrypted, true, &Peer::hang_up}, {&encrypted, true, &Peer::reset}};
  std::size_t call = 0;
  for (const Way& way : ways) {
    const auto port = way.server->port();
    Peer peer = hold_one(*way.server, way.tls ? Peer::tls(port) : Peer::plain(port));
    (peer.*way.end)();
    EXPECT_TRUE(eventually([&] { return gate_.is_closed(call); })) << "way " << call;
    ++call;
  }
  EXPECT_TRUE(plain.saw(Event::caller_gone, 3));
  EXPECT_TRUE(encrypted.saw(Event::caller_gone, 3));
}

TEST_F(HoldTest, ACallerThatHungUpInTheSameBreathIsNoticed) {
  TestServer server(gate_.handler(), {}, tls_);
  Peer peer = Peer::tls(server.port());
  peer.send(post("/", "hold me"));
  peer.close();
  EXPECT_TRUE(eventually([&] { return gate_.is_closed(0); }));
}

TEST_F(HoldTest, EarlyBytesCostTheConnectionButNotTheAnswer) {
  TestServer server(gate_.handler(), {}, tls_);
  Peer peer = hold_one(server, Peer::tls(server.port()));
  peer.send(post("/", "the next, too early"));
  ASSERT_TRUE(eventually([&] { return peer.all_has_arrived(); }));
  // It has read them after three turns at most: one notices them, one hands over to the reader, one reads.
  for (int turn = 0; turn < 3; ++turn) server.loop().run([] {});
  EXPECT_FALSE(gate_.is_closed(0));
  gate_.open(server.loop());
  const std::string answer = peer.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("released"));
  EXPECT_EQ(server.counters()[Event::request_complete], 1u);
}

TEST_F(HoldTest, AFloodOfEarlyBytesEndsTheCall) {
  TestServer server(gate_.handler());
  Peer peer = hold_one(server, Peer::plain(server.port()));
  peer.send(std::string(1'000'000, 'x'));
  EXPECT_TRUE(eventually([&] { return gate_.is_closed(0); }));
}

TEST_F(HoldTest, NoDeadlineOfTheServerEndsAHold) {
  Limits limits;
  limits.handshake = limits.head = limits.request = limits.write = limits.idle = 1s;
  TestServer server(gate_.handler(), limits, tls_);
  Peer peer = hold_one(server, Peer::tls(server.port()));
  // A younger connection's deadline, which is the same, has come.
  const Peer silent = Peer::plain(server.port());
  ASSERT_TRUE(server.saw(Event::timed_out_handshake));
  EXPECT_FALSE(gate_.is_closed(0));
  gate_.open(server.loop());
  EXPECT_THAT(peer.read_message(), EndsWith("released"));
}

TEST_F(HoldTest, DrainAnswersWhatIsHeldAndThenCloses) {
  TestServer server(gate_.handler(), {}, tls_);
  Peer idle = Peer::tls(server.port());
  ASSERT_TRUE(server.saw(Event::handshake_done));
  Peer held = hold_one(server, Peer::tls(server.port()));
  auto drained = boost::asio::co_spawn(server.loop().io(), server.server().drain(), boost::asio::use_future);
  EXPECT_TRUE(eventually([&] { return !Peer::plain(server.port()).is_connected(); }));
  EXPECT_EQ(drained.wait_for(50ms), std::future_status::timeout);

  gate_.open(server.loop());
  const std::string answer = held.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("released"));
  held.close();
  EXPECT_TRUE(idle.ends_within(30s));
  EXPECT_EQ(drained.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(server.counters().connections, 0u);
}

TEST_F(HoldTest, WhoStopsKeepingConnectionsStillAnswersEverybody) {
  TestServer server(echo, {}, tls_);
  Peer kept = Peer::tls(server.port());
  kept.send(post("/", "first"));
  EXPECT_THAT(kept.read_message(), AllOf(Not(HasSubstr("Connection: close")), EndsWith("first")));
  Peer idle = Peer::tls(server.port());
  ASSERT_TRUE(eventually([&] { return server.counters().connections == 2; }));
  boost::asio::post(server.loop().io(), [&] { server.server().stop_keeping_connections(); });

  kept.send(post("/", "second"));
  EXPECT_THAT(kept.read_to_end(), AllOf(HasSubstr("Connection: close"), EndsWith("second")));
  // One that has sent nothing yet stays, and new ones are let in.
  idle.send(post("/", "third"));
  EXPECT_THAT(idle.read_to_end(), EndsWith("third"));
  Peer late = Peer::tls(server.port());
  late.send(post("/", "fourth"));
  EXPECT_THAT(late.read_to_end(), EndsWith("fourth"));
}

TEST_F(HoldTest, AConnectionThatIsKeptMayEndItsWorkWhileTheServerDrains) {
  TestServer server([&](Request request) -> Answer {
    return request.path == "/hold" ? gate_.handler()(std::move(request)) : echo(std::move(request));
  });
  Peer kept = Peer::plain(server.port());
  kept.send(post("/", "first"));
  EXPECT_THAT(kept.read_message(), EndsWith("first"));
  Peer held = Peer::plain(server.port());
  held.send(post("/hold", "hold me"));
  ASSERT_TRUE(eventually([&] { return gate_.waiting() == 1; }));
  auto drained = boost::asio::co_spawn(server.loop().io(), server.server().drain(), boost::asio::use_future);
  EXPECT_TRUE(eventually([&] { return !Peer::plain(server.port()).is_connected(); }));
  kept.send(post("/", "second"));
  const std::string answer = kept.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("second"));
  gate_.open(server.loop());
  EXPECT_THAT(held.read_to_end(), EndsWith("released"));
  held.close();
  kept.close();
  EXPECT_EQ(drained.wait_for(30s), std::future_status::ready);
}

TEST_F(HoldTest, CloseEndsEverythingAtOnce) {
  TestServer server(gate_.handler(), {}, tls_);
  Peer held = hold_one(server, Peer::tls(server.port()));
  server.loop().run([&] { server.server().close(); });
  EXPECT_TRUE(gate_.is_closed(0));
  EXPECT_TRUE(held.ends_within(30s));
}

}  // namespace
}  // namespace sallyport::net::test
