#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/client.hpp"
#include "unit/net/script.hpp"
#include "unit/net/test_server.hpp"

namespace sallyport::net::test {
namespace {

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

class ResponseStreamTest : public testing::Test {
 protected:
  ~ResponseStreamTest() override {
    loop_.run([this] {
      stream_.reset();
      client_.reset();
    });
  }

  void open(const Script& server) {
    Endpoint endpoint;
    endpoint.tls = false;
    endpoint.host = "127.0.0.1";
    endpoint.port = server.port();
    client_ = std::move(*Client::make(loop_.io().get_executor(), std::move(endpoint)));
    auto opened = loop_.await(client_->open({"GET", "/watch", {}, "", ""}, Clock::now() + 10s));
    ASSERT_TRUE(opened) << opened.error().message();
    stream_ = std::move(*opened);
  }

  Result<std::string> read(Clock::duration at_most = 10s) { return loop_.await(stream_->read_some(at_most)); }

  Loop loop_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<ResponseStream> stream_;
};

TEST_F(ResponseStreamTest, GivesEachPieceAsItComes) {
  std::promise<void> seen;
  Script server({[&](Peer& peer) {
    (void)peer.read_message();
    peer.send(std::string(kHead) + "5\r\nfirst\r\n");
    seen.get_future().wait();
    peer.send("6\r\nsecond\r\n0\r\n\r\n");
  }});
  open(server);
  EXPECT_EQ(stream_->head().status, 200);
  EXPECT_EQ(stream_->head().headers.get("Content-Type"), "application/json");
  EXPECT_EQ(*read(), "first");
  seen.set_value();
  EXPECT_EQ(*read(), "second");
  EXPECT_EQ(*read(), "");
  EXPECT_EQ(*read(), "");
}

TEST_F(ResponseStreamTest, PutsNoBoundOnTheWhole) {
  const std::string chunk = "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
  Script server({[&](Peer& peer) {
    (void)peer.read_message();
    peer.send(kHead);
    for (int i = 0; i < 5; ++i) peer.send(chunk);
    peer.send("0\r\n\r\n");
  }});
  open(server);
  std::size_t total = 0;
  for (auto piece = read(); !piece->empty(); piece = read()) total += piece->size();
  EXPECT_EQ(total, 5u * 0x100000);
}

TEST_F(ResponseStreamTest, SilenceEndsIt) {
  std::promise<void> done;
  Script server({[&](Peer& peer) {
    (void)peer.read_message();
    peer.send(kHead);
    done.get_future().wait();
  }});
  open(server);
  const auto nothing = read(50ms);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code(), ErrorCode::unavailable);
  EXPECT_FALSE(read(50ms));
  done.set_value();
}

TEST_F(ResponseStreamTest, AConnectionThatBreaksIsNoEnd) {
  Script server({[](Peer& peer) {
    (void)peer.read_message();
    peer.send(std::string(kHead) + "5\r\nfirst\r\n");
  }});
  open(server);
  EXPECT_EQ(*read(), "first");
  const auto broken = read();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), ErrorCode::unavailable);
}

TEST_F(ResponseStreamTest, ShowsARefusalWithItsBody) {
  Script server({[](Peer& peer) {
    (void)peer.read_message();
    peer.send("HTTP/1.1 410 Gone\r\nContent-Length: 3\r\n\r\nold");
  }});
  open(server);
  EXPECT_EQ(stream_->head().status, 410);
  EXPECT_EQ(*read(), "old");
  EXPECT_EQ(*read(), "");
}

TEST_F(ResponseStreamTest, CloseEndsAReadThatWaits) {
  std::promise<void> done;
  Script server({[&](Peer& peer) {
    (void)peer.read_message();
    peer.send(kHead);
    done.get_future().wait();
  }});
  open(server);
  auto waiting = boost::asio::co_spawn(loop_.io(), stream_->read_some(10s), boost::asio::use_future);
  EXPECT_EQ(waiting.wait_for(20ms), std::future_status::timeout);
  loop_.run([&] { stream_->close(); });
  const auto closed = waiting.get();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code(), ErrorCode::cancelled);
  done.set_value();
}

}  // namespace
}  // namespace sallyport::net::test
