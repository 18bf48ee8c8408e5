#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace sallyport::net {

// What became of one attempt to move bytes. `want_read` and `want_write`: nothing moved, try again once the socket is
// so.
enum class IoStatus { done, want_read, want_write, ended };

struct Io {
  IoStatus status = IoStatus::ended;
  std::size_t bytes = 0;
};

// Bytes over a non-blocking socket that somebody else owns, waits for and closes; plain or in TLS. Nothing in here
// waits or raises a signal, and a stream at rest holds no buffers: asio's ssl::stream keeps 75 KiB a connection,
// this 14.
class Stream {
 public:
  virtual ~Stream() = default;

  [[nodiscard]] virtual Io handshake() = 0;
  [[nodiscard]] virtual Io read(std::span<char> into) = 0;
  [[nodiscard]] virtual Io write(std::string_view bytes) = 0;
  // Bytes are here already, so waiting for the socket could last forever.
  [[nodiscard]] virtual bool has_buffered() const = 0;
  // Tells the other side, as far as that is possible without waiting, that nothing more comes.
  virtual void end_writing() = 0;
  [[nodiscard]] virtual std::optional<std::string> client_name() const = 0;
};

[[nodiscard]] std::unique_ptr<Stream> make_plain_stream(int socket);
// Null if OpenSSL gives no connection.
[[nodiscard]] std::unique_ptr<Stream> make_tls_stream(int socket, const std::shared_ptr<ssl_ctx_st>& context);

}  // namespace sallyport::net
