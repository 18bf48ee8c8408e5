#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "net/body.hpp"
#include "net/call.hpp"

namespace sallyport::net {

struct Request {
  std::string method;
  std::string path;
  std::string query;  // what stands behind "?", without it
  std::string content_type;
  Body body;
  std::optional<std::string> client_name;         // of a client certificate that verified: its one common name
  std::chrono::steady_clock::time_point arrived;  // when the head's first byte came
  std::shared_ptr<Call> call;
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

// Whether a caller may send the body of his request, by the path and by the name in his certificate alone. Who may not
// is answered 403 and his connection ends. The views last until it has been told.
using Entry = std::variant<bool, boost::asio::awaitable<bool>>;
using Doorkeeper = std::function<Entry(std::string_view path, const std::optional<std::string>& client_name)>;

}  // namespace sallyport::net
