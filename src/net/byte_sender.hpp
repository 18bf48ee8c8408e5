#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "net/client.hpp"

namespace sallyport::net {

// A connection on which we alone speak, such as syslog over TLS (RFC 5425). What the other end says is thrown away. The
// executor's thread only.
class ByteSender {
 public:
  using Clock = std::chrono::steady_clock;

  // bad_input: the CA or the client certificate cannot be used.
  [[nodiscard]] static boost::asio::awaitable<Result<std::unique_ptr<ByteSender>>> connect(
      boost::asio::any_io_executor executor, Endpoint endpoint, Clock::time_point deadline);
  ~ByteSender();
  ByteSender(const ByteSender&) = delete;
  ByteSender& operator=(const ByteSender&) = delete;

  // Returns once the other end's system has acknowledged every byte; whether its program has read them, TCP does not
  // tell. After an error there is no other send: any of it may have come.
  [[nodiscard]] boost::asio::awaitable<Result<void>> send(std::string_view bytes, Clock::time_point deadline);
  // Neither side has ended it, as far as is known.
  [[nodiscard]] bool is_open() const;

 private:
  struct State;
  explicit ByteSender(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace sallyport::net
