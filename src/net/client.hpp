#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "net/headers.hpp"
#include "net/proxy.hpp"

namespace sallyport::net {

struct Endpoint {
  bool tls = true;
  std::string host;  // a name or an IP address
  std::uint16_t port = 443;
  std::string server_name;       // what its certificate must be for; empty: the host
  std::string ca_pem;            // empty: the system's roots
  std::string client_chain_pem;  // empty: no client certificate
  Secret client_key_pem;
  std::optional<Proxy> proxy = {};  // on the way to it
};

struct ClientRequest {
  std::string method = "GET";
  std::string target;        // path and query, percent-encoded
  Headers headers;           // others than those that frame the request (check_for_sending)
  std::string content_type;  // empty: none is sent
  std::string body;
  std::uint64_t answer_limit = std::uint64_t{64} << 20;  // bytes of the answer's body that `send` takes
};

struct ClientResponse {
  int status = 0;
  Headers headers;  // all of them: 64 KiB and Headers::kMostFields at most, else unavailable or unknown_outcome
  std::string body;
};

// An answer that comes bit by bit, such as a watch; the connection is its own. Executor's thread only.
class ResponseStream {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~ResponseStream() = default;
  [[nodiscard]] virtual const ClientResponse& head() const = 0;  // without a body
  // What came of the body, as soon as something does; empty at its proper end. unavailable: nothing came for so long,
  // or the connection broke. After an error there is nothing more.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> read_some(Clock::duration at_most) = 0;
  // A read that waits ends with `cancelled`.
  virtual void close() = 0;
};

// HTTP/1.1 calls to one endpoint, over a few connections that are kept. Follows no redirect, retries no answer. Lives
// on the one thread of its executor, and longer than every call of it. A cancelled call's connection is closed.
class Client {
 public:
  using Clock = std::chrono::steady_clock;

  // bad_input: the CA or the client certificate cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<Client>> make(boost::asio::any_io_executor executor, Endpoint endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // An answer of any status is a result. Errors say whether the request can have had an effect:
  //   unavailable      none: not all of it was sent (or it was a GET or HEAD)
  //   unknown_outcome  it was sent, or may have been, and no whole answer came back
  //   cancelled        none, and the caller wanted it so
  //   bad_input        none: it cannot be written as HTTP
  [[nodiscard]] boost::asio::awaitable<Result<ClientResponse>> send(ClientRequest request, Clock::time_point deadline);
  // Returns with the head, which has to be there by the deadline.
  [[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<ResponseStream>>> open(ClientRequest request,
                                                                                     Clock::time_point deadline);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sallyport::net
