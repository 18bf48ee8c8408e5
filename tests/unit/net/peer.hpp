#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "unit/net/certificates.hpp"

namespace sallyport::net::test {

// The other end of a connection, byte for byte: it blocks, and sends what no decent client would. Reads give up after
// half a minute, which no test that passes waits for.
class Peer {
 public:
  struct Tls {
    int least_version = 0;  // OpenSSL's numbers; 0: any
    int greatest_version = 0;
    std::vector<std::string> alpn;
    Issued client;
  };

  [[nodiscard]] static Peer plain(std::uint16_t port);
  // `is_connected` tells whether the handshake succeeded.
  [[nodiscard]] static Peer tls(std::uint16_t port, const Tls& options);
  [[nodiscard]] static Peer tls(std::uint16_t port) { return tls(port, Tls{}); }
  // A server's end, of a socket that was accepted.
  [[nodiscard]] static Peer of_socket(int socket);
  Peer(Peer&&) noexcept;
  Peer& operator=(Peer&&) noexcept;
  ~Peer();

  [[nodiscard]] bool is_connected() const;
  // False if the other side takes no more.
  bool send(std::string_view bytes);
  bool send_raw(std::string_view bytes);  // under TLS, if there is any
  // All that was sent is at the other side's socket; whether it was read is another question.
  [[nodiscard]] bool all_has_arrived() const;
  // One whole answer (or request) with a Content-Length; what there is if the connection ends before.
  [[nodiscard]] std::string read_message();
  // What has come, as soon as something has; empty at the end.
  [[nodiscard]] std::string read_some();
  // All that comes until the connection ends.
  [[nodiscard]] std::string read_to_end();
  // The connection ends, by close or reset, within this time; what comes before is thrown away.
  [[nodiscard]] bool ends_within(std::chrono::milliseconds time);

  void close();    // with close_notify in TLS
  void hang_up();  // the socket only
  void reset();    // RST instead of FIN
  void half_close();
  [[nodiscard]] std::string protocol() const;     // "TLSv1.3"
  [[nodiscard]] std::string alpn() const;         // what was agreed on
  [[nodiscard]] std::string server_name() const;  // the common name of the server's certificate

 private:
  struct State;
  explicit Peer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sallyport::net::test
