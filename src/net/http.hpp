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
#include "net/body_writer.hpp"
#include "net/call.hpp"
#include "net/headers.hpp"

namespace sallyport::net {

struct Request {
  std::string method;
  std::string path;
  std::string query;  // what stands behind "?", without it
  std::string content_type;
  Headers headers;  // all, Content-Type too; none unless Server::Options::collect_headers
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
  Headers headers = {};         // others than these; what cannot be sent makes the answer a 500

  // If set, the answer is a stream, such as server-sent events: the head goes out at once, then this runs on the
  // connection's thread and writes the body, and `body` counts for nothing. The end of the coroutine ends the body and
  // the connection. An exception cuts the connection off, so that the caller sees that the body is not whole. While it
  // waits for something else than a write, Request::call tells when the caller left or the server drains. It lives as
  // long as its coroutine, and the writer longer. Not called for a HEAD request, nor for HTTP/1.0, which is answered
  // 505.
  std::function<boost::asio::awaitable<void>(BodyWriter& writer)> write_body = {};
};

// A Response: the answer is known at once, and no coroutine is made. An awaitable: it runs on the connection's thread,
// is watched for the caller hanging up, and should let the body go before it waits for anybody.
using Answer = std::variant<Response, boost::asio::awaitable<Response>>;
using Handler = std::function<Answer(Request)>;

// Whether a caller may send the body of his request, by the path and by the name in his certificate alone. Who may not
// is answered 403 and his connection ends. The views last until it has been told.
using CallerVerdict = std::variant<bool, boost::asio::awaitable<bool>>;
using CallerCheck = std::function<CallerVerdict(std::string_view path, const std::optional<std::string>& client_name)>;

}  // namespace sallyport::net
