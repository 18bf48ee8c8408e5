#include "net/byte_sender.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/client_connection.hpp"
#include "net/client_stream.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kLookAgain{5};
constexpr int kMostPieces = 64;  // who has more to say is no receiver

}  // namespace

struct ByteSender::State {
  explicit State(Endpoint to) : endpoint(std::move(to)) {}

  Endpoint endpoint;
  asio::ssl::context context{asio::ssl::context::tls_client};
  std::unique_ptr<ClientConnection> connection;
  bool has_ended = false;
};

asio::awaitable<Result<std::unique_ptr<ByteSender>>> ByteSender::connect(asio::any_io_executor executor,
                                                                         Endpoint endpoint,
                                                                         Clock::time_point deadline) {
  const auto state = std::make_shared<State>(std::move(endpoint));
  if (state->endpoint.tls) {
    if (const auto done = set_up(state->context, state->endpoint); !done) co_return fail(done.error());
  }
  auto connection = co_await net::connect(executor, &state->endpoint, &state->context, deadline);
  if (!connection) co_return fail(connection.error());
  state->connection = std::move(*connection);
  // Read all the time: so its end is seen, and nothing that was not read turns our own end into a reset.
  const auto read_on = [](std::shared_ptr<State> of) -> asio::awaitable<void> {
    for (int i = 0; i < kMostPieces && co_await of->connection->discard_some(); ++i) {
    }
    of->has_ended = true;
  };
  asio::co_spawn(executor, read_on(state), asio::detached);
  co_return std::unique_ptr<ByteSender>(new ByteSender(state));
}

ByteSender::ByteSender(std::shared_ptr<State> state) : state_(std::move(state)) {}

ByteSender::~ByteSender() {
  state_->connection->close();
}

asio::awaitable<Result<void>> ByteSender::send(std::string_view bytes, Clock::time_point deadline) {
  const auto state = state_;
  const auto sent = co_await state->connection->send(bytes, deadline);
  if (!sent) co_return sent;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (state->connection->unacknowledged() > 0 && !state->has_ended && Clock::now() < deadline) {
    timer.expires_after(kLookAgain);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (state->connection->unacknowledged() == 0 && !state->has_ended) co_return Result<void>{};
  co_return fail(ErrorCode::unknown_outcome, "the other end did not acknowledge what was sent");
}

bool ByteSender::is_open() const {
  return !state_->has_ended;
}

}  // namespace sallyport::net
