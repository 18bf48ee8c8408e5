#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "net/headers.hpp"
#include "net/limits.hpp"
#include "net/proxy.hpp"

namespace sallyport::net {

struct WebSocketOptions {
  std::string url;                   // "wss://host[:port]/path?query", also ws
  Headers headers;                   // of the request that opens it
  std::string ca_pem;                // empty: the system's roots
  std::optional<Proxy> proxy;        // on the way
  std::size_t message_bytes = kMiB;  // the longest message that is read; a longer one ends the connection, code 1009
  // After half of this without a byte from the other side, a ping is sent to it; after all of this, the connection is
  // cut. A write may take as long. The other side has half of it to end the connection after its close.
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds closing{5'000};  // for the other side to answer our close
};

// The client's end of a WebSocket (RFC 6455) that carries text; no extension is offered. It is used on the thread of
// its executor only, and goes there. Cancelling one of its coroutines cuts the connection.
class WebSocket {
 public:
  using Clock = std::chrono::steady_clock;
  // Why the other side closed it; 1005 if it gave no code. The reason is in its own words.
  struct Closed {
    std::uint16_t code = 0;
    std::string reason;
  };

  // Cuts the connection. No coroutine of it is under way.
  virtual ~WebSocket() = default;

  // The next message, or nothing once the other side has closed in good order (see `closed`). One read at a time, and
  // always one under way: it answers pings, and notices silence. unavailable: the connection broke, the other side fell
  // silent or sent what it must not (too long, not text). cancelled: it was closed on our side. After an error
  // there is nothing more, and the connection is cut.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::optional<std::string>>> read() = 0;
  // Returns once the system has taken all of it; nothing tells whether it was read. One at a time (else internal), also
  // beside a read. The text is UTF-8.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> write(std::string text) = 0;
  // Tells the other side that this was all, by a code of RFC 6455, section 7.4 (1000: done), and waits for its answer,
  // for `closing` at most; then the connection is cut. A read that waits ends with nothing, or with `cancelled`. During
  // a write the connection is cut at once. A second close does nothing.
  [[nodiscard]] virtual boost::asio::awaitable<void> close(std::uint16_t code) = 0;
  // Once a read came to nothing.
  [[nodiscard]] virtual Closed closed() const = 0;
};

// Open by the deadline. bad_input: the URL, a header or the CA cannot be used. unavailable: anything else; an answer
// that does not open a WebSocket is told by its status, and a redirect is not followed. Errors do not show the URL's
// query.
[[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<WebSocket>>> connect_web_socket(
    boost::asio::any_io_executor executor, WebSocketOptions options, WebSocket::Clock::time_point deadline);

}  // namespace sallyport::net
