#include "net/client.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <fmt/format.h>

#include "net/client_connection.hpp"
#include "net/client_stream.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kIdleConnections = 8;
// Shorter than any server's, so that a request rarely meets a connection that is just being closed.
constexpr std::chrono::seconds kIdleTime{30};

bool has_no_effect(const ClientRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool is_writable(const ClientRequest& request) {
  const auto is_target_char = [](unsigned char c) { return c > ' ' && c != 0x7f; };
  return !request.method.empty() && !request.target.empty() && std::ranges::all_of(request.target, is_target_char) &&
         std::ranges::all_of(request.method, is_target_char) && is_header_value(request.content_type);
}

std::string format_request(const Endpoint& endpoint, const ClientRequest& request) {
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target,
                                  authority_of(endpoint.host, endpoint.port));
  for (const auto& [name, value] : request.headers) bytes += fmt::format("{}: {}\r\n", name, value);
  if (!request.content_type.empty()) bytes += fmt::format("Content-Type: {}\r\n", request.content_type);
  if (!has_no_effect(request) || !request.body.empty()) {
    bytes += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return bytes + "\r\n" + request.body;
}

// Half of the time, where the other half is of use: a kept connection may have gone silent without a word.
Client::Clock::time_point deadline_on_kept(const ClientRequest& request, Client::Clock::time_point deadline) {
  const auto now = Client::Clock::now();
  return has_no_effect(request) && deadline > now ? now + (deadline - now) / 2 : deadline;
}

using Connection = std::unique_ptr<ClientConnection>;

class OpenStream final : public ResponseStream {
 public:
  OpenStream(Connection connection, ClientResponse head) : connection_(std::move(connection)), head_(std::move(head)) {}
  [[nodiscard]] const ClientResponse& head() const override { return head_; }
  asio::awaitable<Result<std::string>> read_some(Clock::duration at_most) override {
    return connection_->read_body(Clock::now() + at_most);
  }
  void close() override { connection_->close(); }

 private:
  Connection connection_;
  ClientResponse head_;
};

// What a failed exchange has to be taken for.
Error outcome(const ClientRequest& request, const ClientConnection& connection, const Error& error) {
  if (has_no_effect(request) || !connection.may_have_arrived()) return error;
  return {ErrorCode::unknown_outcome, error.message() + "; the request may have been carried out"};
}

}  // namespace

struct Client::State {
  struct Idle {
    Connection connection;
    Clock::time_point since;
  };
  struct Begun {
    Connection connection;
    ClientResponse head;
  };

  State(asio::any_io_executor on, Endpoint to) : executor(std::move(on)), endpoint(std::move(to)) {}

  // Sends, and reads the answer's head. What is passed by pointer is in the frames of `send` and `open`.
  asio::awaitable<Result<Begun>> begin(const ClientRequest* request, AnswerShape shape, Clock::time_point deadline);
  asio::awaitable<Result<ClientResponse>> exchange(ClientConnection* connection, const ClientRequest* request,
                                                   AnswerShape shape, Clock::time_point deadline);
  Connection take_idle();
  void keep(Connection connection);

  asio::any_io_executor executor;
  Endpoint endpoint;
  asio::ssl::context context{asio::ssl::context::tls_client};
  std::vector<Idle> idle;  // the last is the freshest
};

Connection Client::State::take_idle() {
  while (!idle.empty()) {
    Idle freshest = std::move(idle.back());
    idle.pop_back();
    if (Clock::now() - freshest.since < kIdleTime && freshest.connection->is_reusable()) {
      return std::move(freshest.connection);
    }
  }
  return nullptr;
}

void Client::State::keep(Connection connection) {
  if (!connection->is_reusable()) return;
  if (idle.size() >= kIdleConnections) idle.erase(idle.begin());
  idle.push_back({std::move(connection), Clock::now()});
}

asio::awaitable<Result<ClientResponse>> Client::State::exchange(ClientConnection* connection,
                                                                const ClientRequest* request, AnswerShape shape,
                                                                Clock::time_point deadline) {
  const std::string bytes = format_request(endpoint, *request);
  const auto sent = co_await connection->send(bytes, deadline);
  if (!sent) co_return fail(outcome(*request, *connection, sent.error()));
  auto head = co_await connection->read_head(shape, deadline);
  if (!head) co_return fail(outcome(*request, *connection, head.error()));
  co_return head;
}

asio::awaitable<Result<Client::State::Begun>> Client::State::begin(const ClientRequest* request, AnswerShape shape,
                                                                   Clock::time_point deadline) {
  if (!is_writable(*request)) {
    co_return fail(ErrorCode::bad_input,
                   "the request has a blank or control character in its first line, or no target");
  }
  if (const auto fit = check_for_sending(request->headers); !fit) co_return fail(fit.error());
  if (Connection kept = take_idle()) {
    auto head = co_await exchange(kept.get(), request, shape, deadline_on_kept(*request, deadline));
    if (head) co_return Begun{std::move(kept), std::move(*head)};
    // The server may have closed it just then, or the network may have forgotten it. What cannot have had an effect is
    // sent once more, on a new one; the others that are kept went the same way.
    idle.clear();
    const bool stale = head.error().code() == ErrorCode::unavailable && !kept->has_answered();
    if (!stale || Clock::now() >= deadline) co_return fail(head.error());
  }
  auto connection = co_await connect(executor, &endpoint, &context, deadline);
  if (!connection) co_return fail(connection.error());
  auto head = co_await exchange(connection->get(), request, shape, deadline);
  if (!head) co_return fail(head.error());
  co_return Begun{std::move(*connection), std::move(*head)};
}

Result<std::unique_ptr<Client>> Client::make(asio::any_io_executor executor, Endpoint endpoint) {
  auto state = std::make_unique<State>(std::move(executor), std::move(endpoint));
  if (state->endpoint.tls) {
    if (const auto done = set_up(state->context, state->endpoint); !done) return fail(done.error());
  }
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

asio::awaitable<Result<ClientResponse>> Client::send(ClientRequest request, Clock::time_point deadline) {
  const AnswerShape shape{request.method != "HEAD", request.answer_limit};
  auto begun = co_await state_->begin(&request, shape, deadline);
  if (!begun) co_return fail(begun.error());
  ClientResponse response = std::move(begun->head);
  for (;;) {
    const auto piece = co_await begun->connection->read_body(deadline);
    if (!piece) co_return fail(outcome(request, *begun->connection, piece.error()));
    if (piece->empty()) break;
    response.body += *piece;
  }
  state_->keep(std::move(begun->connection));
  co_return response;
}

asio::awaitable<Result<std::unique_ptr<ResponseStream>>> Client::open(ClientRequest request,
                                                                      Clock::time_point deadline) {
  auto begun = co_await state_->begin(&request, {}, deadline);
  if (!begun) co_return fail(begun.error());
  co_return std::make_unique<OpenStream>(std::move(begun->connection), std::move(begun->head));
}

}  // namespace sallyport::net
