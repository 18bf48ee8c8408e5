// Bytes that no decent client sends. Each gets its answer, and the next good call works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/net/peer.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct Hostile {
  const char* name;
  std::string bytes;
  std::string status;  // empty: the connection just ends
  Event counted;
};

std::string with(const std::string& fields, const std::string& body = {}) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X: y\r\n";
  return fields;
}

std::vector<Hostile> hostile() {
  const std::string chunk = "5\r\nhello\r\n0\r\n\r\n";
  return {
      {"Chunked", with("Transfer-Encoding: chunked\r\n", chunk), "411", Event::length_required},
      {"ChunkedAndLength", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunk), "400",
       Event::bad_request},
      {"LengthAndChunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunk), "400",
       Event::bad_request},
      {"TwoLengths", with("Content-Length: 5\r\nContent-Length: 50\r\n", "hello"), "400", Event::bad_request},
      {"NegativeLength", with("Content-Length: -5\r\n", "hello"), "400", Event::bad_request},
      {"HugeLength", with("Content-Length: 99999999999999999999\r\n"), "400", Event::bad_request},
      {"LargeLength", with("Content-Length: 9999999999\r\n"), "413", Event::body_too_large},
      {"LargeLengthWithExpect", with("Content-Length: 9999999999\r\nExpect: 100-continue\r\n"), "413",
       Event::body_too_large},
      {"LargeHead", with("X: " + std::string(20'000, 'x') + "\r\n"), "431", Event::head_too_large},
      {"EndlessHead", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x'), "431", Event::head_too_large},
      {"ManyFields", with(many_fields(5'000)), "431", Event::head_too_large},
      {"ManyShortFields", with(many_fields(200)), "431", Event::head_too_large},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", Event::bad_request},
      {"NotHttp", "hello, is there anybody?\r\n\r\n", "400", Event::bad_request},
      {"NoHost", "GET / HTTP/1.1\r\n\r\n", "400", Event::bad_request},
      {"BadVersion", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "400", Event::bad_request},
      {"CutInTheHead", "POST / HTTP/1.1\r\nHo", "", Event::cut_short},
      {"CutInTheBody", with("Content-Length: 50\r\n", "hello"), "", Event::cut_short},
  };
}

class HostileTest : public testing::TestWithParam<std::tuple<std::size_t, bool>> {};

TEST_P(HostileTest, IsAnsweredAndTheNextCallWorks) {
  const auto& [index, encrypted] = GetParam();
  const Hostile input = hostile()[index];
  TestServer server(echo, {}, encrypted ? make_tls(Authority("ca").issue_server("server")) : nullptr);
  const auto connect = [&] { return encrypted ? Peer::tls(server.port()) : Peer::plain(server.port()); };
  Peer peer = connect();
  peer.send(input.bytes);
  if (input.status.empty()) {
    peer.half_close();
    EXPECT_EQ(peer.read_to_end(), "");
  } else {
    const std::string answer = peer.read_to_end();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + input.status + " "));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    // One answer and no second, whatever else the bytes may look like.
    EXPECT_EQ(answer.find("Date: "), answer.rfind("Date: "));
  }
  EXPECT_TRUE(server.saw(input.counted));
  EXPECT_EQ(server.counters()[Event::request_complete], 0u);
  peer.close();

  Peer good = connect();
  good.send(post("/", "good"));
  EXPECT_THAT(good.read_message(), EndsWith("good"));
  EXPECT_TRUE(eventually([&] { return server.counters().connections == 1; }));
}

std::string name_of(const testing::TestParamInfo<std::tuple<std::size_t, bool>>& info) {
  const auto& [index, encrypted] = info.param;
  return std::string(hostile()[index].name) + (encrypted ? "Tls" : "Plain");
}

INSTANTIATE_TEST_SUITE_P(Table, HostileTest,
                         testing::Combine(testing::Range<std::size_t>(0, hostile().size()), testing::Bool()), name_of);

TEST(PipeliningTest, OnlyTheFirstRequestIsAnswered) {
  TestServer server(echo);
  Peer peer = Peer::plain(server.port());
  peer.send(post("/", "first") + post("/", "second"));
  const std::string answer = peer.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, EndsWith("first"));
  EXPECT_EQ(server.counters()[Event::request_complete], 1u);
}

TEST(HostileTlsTest, PlaintextOnTheTlsPortGetsNothing) {
  TestServer server(echo, {}, make_tls(Authority("ca").issue_server("server")));
  Peer peer = Peer::plain(server.port());
  peer.send(post("/", "hello"));
  EXPECT_EQ(peer.read_to_end().find("HTTP"), std::string::npos);
  EXPECT_TRUE(server.saw(Event::handshake_failed));
}

TEST(HostileTlsTest, TlsOnThePlainPortIsBadHttp) {
  Limits limits;
  limits.head = std::chrono::milliseconds(300);
  TestServer server(echo, limits);
  EXPECT_FALSE(Peer::tls(server.port()).is_connected());
  EXPECT_EQ(server.counters()[Event::request_complete], 0u);
}

TEST(HostileTlsTest, AForgedRecordEndsTheConnection) {
  TestServer server(echo, {}, make_tls(Authority("ca").issue_server("server")));
  Peer peer = Peer::tls(server.port());
  peer.send(post("/", "hello"));
  EXPECT_THAT(peer.read_message(), EndsWith("hello"));
  peer.send_raw("\x17\x03\x03\x00\x20" + std::string(32, 'f'));
  EXPECT_TRUE(peer.ends_within(std::chrono::seconds(3)));
  EXPECT_EQ(server.counters()[Event::request_complete], 1u);
}

}  // namespace
}  // namespace sallyport::net::test
