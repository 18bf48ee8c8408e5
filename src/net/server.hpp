#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "net/http.hpp"
#include "net/limits.hpp"
#include "net/tls_context.hpp"

namespace boost::asio {
class io_context;
}

namespace sallyport::net {

// HTTP/1.1 over TLS (or plain) on one address, bounded in everything that a caller can make it spend. A server belongs
// to the one thread that runs its io_context, and so do its connections and handlers. For more threads, or processes:
// more servers on the same address, the kernel shares the connections out.
//
// Why the framing is our own. Beast's parser reads a head's grammar (http_head.cpp). What stands around it (when to
// read, how much, what to keep, when to give up) is written here, because of the port that matters most: the API server
// calls it, and its calls wait there for as long as a person thinks, by the thousand.
//
// - Memory. A connection at rest holds no buffer: all connections of a thread read into one place
//   (ConnectionHost::scratch), a Stream has none of its own, and OpenSSL gives its record buffers back. A held call
//   over TLS costs 14 to 16 KiB, nearly all of it OpenSSL's; asio's ssl::stream alone keeps 75, and Beast adds a
//   buffer and a parser with its fields.
// - Bodies. Beast's body types believe a Content-Length, or copy as they grow. Here memory comes as bytes come, from
//   what all connections share, and large bodies stay out of the heap (body.hpp).
// - Who hangs up. While a handler waits, somebody has to read, or the end of the connection is not seen and a person
//   decides for nobody (Connection::watch, call.hpp).
// - Deadlines. One sweep of all connections each 250 ms, instead of a timer for each read and write.
// - One meaning. What another program could read as two requests is refused: Transfer-Encoding in a request, two
//   Content-Lengths, two Hosts, folded fields; and a request that came too early costs the connection.
//
// The price is that these rules are ours to test: tests/unit/net (hostile_test.cpp, limits_test.cpp, hold_test.cpp and
// stream_test.cpp first) and tests/fuzz/http_request_fuzz.cpp. The client has few connections, to servers that were
// chosen, so it is Beast's altogether (client_stream.hpp, client_connection.hpp, web_socket.hpp). A new port is one
// more Server with Options of its own, not a second stack.
//
// A way through the files, from the socket up: stream (bytes, plain or TLS), http_head (a head's text), body,
// request_reader (one request, no I/O), connection (one caller), server.
class Server {
 public:
  struct Options {
    std::string address;              // "127.0.0.1:9443", "[::1]:9443", ":9443" for every address; port 0: any free one
    std::shared_ptr<TlsContext> tls;  // null: plain HTTP
    Limits limits;
    std::shared_ptr<Counters> counters;  // null: its own
    bool reuse_port = true;
    CallerCheck caller_check;      // none: everybody is let in
    bool collect_headers = false;  // Request::headers; a port that looks at none spares their memory
  };

  Server(boost::asio::io_context& io, Options options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Before the io_context runs, or on its thread; so are all that follow.
  [[nodiscard]] Result<void> start();
  [[nodiscard]] std::uint16_t local_port() const;
  [[nodiscard]] const Counters& counters() const;

  // From now on each connection ends with its next answer, "Connection: close", so that the caller's next one may go
  // elsewhere; new ones are still accepted. One that is closed while it is idle may cost the call that is just on its
  // way.
  void stop_keeping_connections();
  // Who is connected stays so, and may send further requests.
  void stop_accepting();
  // Stops accepting, tells streams to end, lets the calls that are in flight end, each with "Connection: close", then
  // closes what is idle.
  // The caller bounds the time by `close`.
  [[nodiscard]] boost::asio::awaitable<void> drain();
  // Everything, at once. Needed for the io_context to run out of work.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sallyport::net
