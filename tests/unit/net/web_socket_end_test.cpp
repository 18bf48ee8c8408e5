// How a WebSocket ends, in good order and otherwise: nothing may wait for ever, or outlive it.
#include <future>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unistd.h>

#include "unit/net/script.hpp"
#include "unit/net/web_socket_fixture.hpp"

namespace sallyport::net::test {
namespace {

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using boost::asio::co_spawn;
using boost::asio::use_future;
using Bell = boost::asio::posix::stream_descriptor;

// The answer to a request that opens a WebSocket (RFC 6455, section 4.2.2).
std::string switching_protocols(const std::string& request) {
  const std::string field = "Sec-WebSocket-Key: ";
  const std::string key =
      request.substr(request.find(field) + field.size(), 24) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  ::SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
  unsigned char accept[32];
  ::EVP_EncodeBlock(accept, digest, sizeof digest);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         std::string(reinterpret_cast<const char*>(accept)) + "\r\n\r\n";
}

// Opens a WebSocket, and sends these bytes once it is told to.
class Prompted {
 public:
  explicit Prompted(std::string bytes)
      : server_({[this, bytes](Peer& peer) {
          peer.send(switching_protocols(peer.read_message()));
          told_.get_future().wait();
          peer.send(bytes);
          EXPECT_TRUE(eventually([&] { return peer.all_has_arrived(); }));
          arrived_.set_value();
          EXPECT_TRUE(peer.ends_within(10s));
        }}) {}

  [[nodiscard]] std::string url() const { return "ws://127.0.0.1:" + std::to_string(server_.port()) + "/"; }
  // Returns once they are at the other side's socket.
  void send() {
    told_.set_value();
    arrived_.get_future().wait();
  }

 private:
  std::promise<void> told_;
  std::promise<void> arrived_;
  Script server_;
};

boost::asio::awaitable<void> wait_turns(int turns) {
  const auto executor = co_await boost::asio::this_coro::executor;
  while (turns-- > 0) co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

boost::asio::awaitable<void> close_at(Bell* bell, WebSocket* socket) {
  co_await bell->async_wait(Bell::wait_read, boost::asio::use_awaitable);
  co_await socket->close(1000);
}

TEST_F(WebSocketTest, TellsHowTheOtherSideClosed) {
  open(to("/close"));
  EXPECT_EQ(next(), Message("last"));
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(socket_->closed().code, 4001);
  EXPECT_EQ(socket_->closed().reason, "enough");
  EXPECT_FALSE(write("too late"));
}

TEST_F(WebSocketTest, ACloseWithoutACodeIsToldAsOne) {
  open(to("/wordless"));
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(socket_->closed().code, 1005);
}

// The server closes the WebSocket, but neither TLS nor the connection.
TEST_F(WebSocketTest, AConnectionThatIsNotEndedAfterACloseIsCut) {
  WebSocketOptions options = over_tls_to("/lingers");
  options.idle = 1s;
  open(std::move(options));
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(socket_->closed().code, 4001);
}

TEST_F(WebSocketTest, AnswersPingsAndClosesWithItsCode) {
  open(to("/ping"));
  EXPECT_EQ(next(), Message("ponged"));
  loop_.await(socket_->close(3000));
  EXPECT_FALSE(read());
  EXPECT_FALSE(write("too late"));
  EXPECT_TRUE(server_saw("3000"));
}

TEST_F(WebSocketTest, AMessageOverTheLimitEndsIt) {
  WebSocketOptions options = to("/large");
  options.message_bytes = 1000;
  open(std::move(options));
  EXPECT_EQ(next()->size(), 1000u);
  const auto too_large = read();
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code(), ErrorCode::unavailable);
  EXPECT_FALSE(read());
  EXPECT_TRUE(server_saw("1009"));
}

TEST_F(WebSocketTest, BytesThatAreNoTextEndIt) {
  open(to("/binary"));
  EXPECT_FALSE(read());
  EXPECT_TRUE(server_saw("1003"));
}

TEST_F(WebSocketTest, AConnectionThatBreaksIsNoClose) {
  open(to("/cut"));
  const auto broken = read();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), ErrorCode::unavailable);
}

// Its pings are not answered.
TEST_F(WebSocketTest, SilenceEndsIt) {
  WebSocketOptions options = to("/deaf");
  options.idle = kShort;
  open(std::move(options));
  const auto silent = read();
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code(), ErrorCode::unavailable);
}

// Silence may last for two pings, but these are answered; the server speaks after the third.
TEST_F(WebSocketTest, AQuietOneThatAnswersPingsGoesOn) {
  WebSocketOptions options = to("/pings");
  options.idle = 1s;
  open(std::move(options));
  EXPECT_EQ(next(), Message("three pings"));
}

TEST_F(WebSocketTest, AWriteThatNobodyReadsEnds) {
  WebSocketOptions options = to("/deaf");
  options.idle = kShort;
  open(std::move(options));
  const auto stuck = write(std::string(64 << 20, 'x'));
  ASSERT_FALSE(stuck);
  EXPECT_EQ(stuck.error().code(), ErrorCode::unavailable);
}

// The time is up while frames of the message still flow. Beast does not hear a cancellation then.
TEST_F(WebSocketTest, AWriteWhoseTimeEndsBetweenTwoFramesEnds) {
  WebSocketOptions options = to("/deaf");
  options.idle = 1ms;
  open(std::move(options));
  const auto late = write(std::string(64 << 20, 'x'));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::unavailable);
}

TEST_F(WebSocketTest, AWriteAtOnceWithAnotherIsRefusedAndACloseEndsIt) {
  open(to("/deaf"));
  auto writing = co_spawn(loop_.io(), socket_->write(std::string(64 << 20, 'x')), use_future);
  const auto second = write("y");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::internal);
  loop_.await(socket_->close(1000));
  const auto first = writing.get();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code(), ErrorCode::cancelled);
}

TEST_F(WebSocketTest, ACloseThatIsNotAnsweredEnds) {
  WebSocketOptions options = to("/deaf");
  options.closing = kShort;
  open(std::move(options));
  auto reading = co_spawn(loop_.io(), socket_->read(), use_future);
  loop_.await(socket_->close(1000));
  EXPECT_FALSE(reading.get());
}

TEST_F(WebSocketTest, ACancelledReadEndsIt) {
  open(to("/quiet"));
  const auto give_up = [](WebSocket* socket) -> boost::asio::awaitable<std::size_t> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
    const auto first = co_await (socket->read() || timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable)));
    co_return first.index();
  };
  EXPECT_EQ(loop_.await(give_up(socket_.get())), 1u);
  EXPECT_FALSE(read());
}

// Also if bytes of a frame have been read, but Beast has not been told yet: it does not hear a cancellation then. And
// if the read has not quite begun.
TEST_F(WebSocketTest, ACancellationEndsAReadAtEachOfItsSteps) {
  const auto give_up = [](WebSocket* socket, int turns) -> boost::asio::awaitable<std::size_t> {
    const auto first = co_await (socket->read() || wait_turns(turns));
    co_return first.index();
  };
  for (int turns = 0; turns < 6; ++turns) {
    Prompted server("\x81");
    WebSocketOptions options;
    options.url = server.url();
    open(std::move(options));
    server.send();
    EXPECT_EQ(loop_.await(give_up(socket_.get(), turns)), 1u);
    EXPECT_FALSE(read());
  }
}

// A frame that is none is read just when our close is being written: the read waits to write why it ends the
// connection, and the close waits to read.
TEST_F(WebSocketTest, ACloseAndABadFrameAtOnceEnd) {
  Prompted server(std::string("\x83\0", 2));  // no such kind of frame
  WebSocketOptions options;
  options.url = server.url();
  options.closing = kShort;
  open(std::move(options));
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Bell bell(loop_.io(), ends[0]);
  auto reading = co_spawn(loop_.io(), socket_->read(), use_future);
  auto closing = co_spawn(loop_.io(), close_at(&bell, socket_.get()), use_future);
  loop_.run([] {});  // both have begun
  // The loop stands still until both have come, and finds them in this order.
  loop_.run([&] {
    EXPECT_EQ(::write(ends[1], "!", 1), 1);
    server.send();
  });
  closing.get();
  EXPECT_FALSE(reading.get());
  EXPECT_FALSE(read());
  ::close(ends[1]);
}

// Its ping, which Beast sends by itself, has not ended when the WebSocket goes: the loop stands still until both timers
// are due, and finds them in their order. (On a machine so slow that the ping is long gone, this shows nothing.)
TEST_F(WebSocketTest, ItMayGoWhileAPingIsUnderWay) {
  WebSocketOptions options = over_tls_to("/echo");
  options.idle = 2 * kShort;
  open(std::move(options));
  ASSERT_TRUE(write("hello"));
  ASSERT_EQ(next(), Message("hello"));  // within this, the ping's timer starts
  const auto go = [](std::unique_ptr<WebSocket>* socket) -> boost::asio::awaitable<void> {
    boost::asio::steady_timer after_the_ping(co_await boost::asio::this_coro::executor, kShort);
    std::this_thread::sleep_until(after_the_ping.expiry());
    co_await after_the_ping.async_wait(boost::asio::use_awaitable);
    socket->reset();
  };
  loop_.await(go(&socket_));
}

}  // namespace
}  // namespace sallyport::net::test
