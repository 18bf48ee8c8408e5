#include <cerrno>

#include <sys/socket.h>

#include "net/stream.hpp"

namespace sallyport::net {
namespace {

class PlainStream final : public Stream {
 public:
  explicit PlainStream(int socket) : socket_(socket) {}

  Io handshake() override { return {IoStatus::done}; }

  Io read(std::span<char> into) override {
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    return got == 0 ? Io{} : outcome(got, IoStatus::want_read);
  }

  Io write(std::string_view bytes) override {
    return outcome(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), IoStatus::want_write);
  }

  [[nodiscard]] bool has_buffered() const override { return false; }
  void end_writing() override { ::shutdown(socket_, SHUT_WR); }
  [[nodiscard]] std::optional<std::string> client_name() const override { return std::nullopt; }

 private:
  static Io outcome(ssize_t moved, IoStatus want) {
    if (moved >= 0) return {IoStatus::done, static_cast<std::size_t>(moved)};
    const bool blocked = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {blocked ? want : IoStatus::ended};
  }

  int socket_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(int socket) {
  return std::make_unique<PlainStream>(socket);
}

}  // namespace sallyport::net
