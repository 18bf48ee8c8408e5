#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "net/call.hpp"
#include "net/counters.hpp"

namespace sallyport::net {

// A body's share of Limits::body_bytes_in_flight, given back when it goes. May go on any thread.
class BodyCharge {
 public:
  BodyCharge() = default;
  explicit BodyCharge(std::shared_ptr<Counters> counters) : counters_(std::move(counters)) {}
  BodyCharge(BodyCharge&& other) noexcept
      : counters_(std::move(other.counters_)), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyCharge& operator=(BodyCharge&& other) noexcept;
  BodyCharge(const BodyCharge&) = delete;
  BodyCharge& operator=(const BodyCharge&) = delete;
  ~BodyCharge() { release(); }

  // Raises the share to `bytes`. False, and nothing changes, if all shares together would pass the limit.
  [[nodiscard]] bool raise_to(std::size_t bytes, std::size_t limit);
  void release();

 private:
  std::shared_ptr<Counters> counters_;
  std::size_t bytes_ = 0;
};

struct Request {
  std::string method;
  std::string path;
  std::string query;  // what stands behind "?", without it
  std::string content_type;
  std::string body;
  std::optional<std::string> client_name;         // of a client certificate that verified: its one common name
  std::chrono::steady_clock::time_point arrived;  // when the head's first byte came
  std::shared_ptr<Call> call;
  BodyCharge charge;  // goes with the body: who drops the body early drops this, too
};

struct Response {
  int status = 500;
  std::string content_type = "application/json";
  std::string body;
  int retry_after_seconds = 0;  // 0: no Retry-After
};

// A Response: the answer is known at once, and no coroutine is made. An awaitable: it runs on the connection's thread,
// is watched for the caller hanging up, and should let the body go before it waits for anybody.
using Answer = std::variant<Response, boost::asio::awaitable<Response>>;
using Handler = std::function<Answer(Request)>;

}  // namespace sallyport::net
