#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "net/client.hpp"

namespace boost::asio::ssl {
class context;
}

namespace sallyport::net {

// What is known of an answer before it comes.
struct AnswerShape {
  bool has_body = true;  // false to a HEAD request
  std::optional<std::uint64_t> body_limit;
};

// One connection of a Client, which carries one exchange after another: send, read_head, then read_body until it is
// empty. Closed when it goes. The caller's own frames hold what is passed by pointer or view.
class ClientConnection {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~ClientConnection() = default;

  virtual boost::asio::awaitable<Result<void>> send(std::string_view bytes, Clock::time_point deadline) = 0;
  virtual boost::asio::awaitable<Result<ClientResponse>> read_head(AnswerShape shape, Clock::time_point deadline) = 0;
  virtual boost::asio::awaitable<Result<std::string>> read_body(Clock::time_point deadline) = 0;

  // Of the last exchange: the other side may have got all of the request; anything of an answer came back.
  [[nodiscard]] virtual bool may_have_arrived() const = 0;
  [[nodiscard]] virtual bool has_answered() const = 0;
  // The last exchange is complete, and the other side neither closed the connection nor said anything since.
  [[nodiscard]] virtual bool is_reusable() = 0;
  // For who only sends: reads what comes, and throws it away. False: nothing more comes.
  virtual boost::asio::awaitable<bool> discard_some() = 0;
  // How many of the bytes sent the other end's system has not confirmed yet.
  [[nodiscard]] virtual std::size_t unacknowledged() = 0;
  virtual void close() = 0;
};

// The endpoint and the context live as long as the Client.
[[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<ClientConnection>>> connect(
    boost::asio::any_io_executor executor, const Endpoint* endpoint, boost::asio::ssl::context* context,
    std::chrono::steady_clock::time_point deadline);

}  // namespace sallyport::net
