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
class Server {
 public:
  struct Options {
    std::string address;              // "127.0.0.1:9443", "[::1]:9443", ":9443" for every address; port 0: any free one
    std::shared_ptr<TlsContext> tls;  // null: plain HTTP
    Limits limits;
    std::shared_ptr<Counters> counters;  // null: its own
    bool reuse_port = true;
    Doorkeeper doorkeeper;  // none: everybody is let in
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
  // Stops accepting, lets the calls that are in flight end, each with "Connection: close", then closes what is idle.
  // The caller bounds the time by `close`.
  [[nodiscard]] boost::asio::awaitable<void> drain();
  // Everything, at once. Needed for the io_context to run out of work.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sallyport::net
