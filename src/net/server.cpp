#include "net/server.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include "net/connection.hpp"
#include "net/http_head.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
// After a failed accept (no descriptors left, mostly) there is no use in trying again at once.
constexpr std::chrono::milliseconds kAcceptPause{100};

std::optional<tcp::endpoint> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
  if (error != std::errc{} || end != digits.end()) return std::nullopt;
  if (host.empty()) return tcp::endpoint(tcp::v6(), port);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code bad;
  const auto address = asio::ip::make_address(std::string(host), bad);
  if (bad || address.is_v6() != bracketed) return std::nullopt;
  return tcp::endpoint(address, port);
}

Result<void> listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool reuse_port) {
  const int on = 1;
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  // "::" takes IPv4 as well.
  if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error && reuse_port && ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error = {errno, boost::system::system_category()};
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return {};
  return fail(ErrorCode::unavailable, error.message());
}

}  // namespace

// Outlives the Server as long as a coroutine of it is there.
struct Server::State : ConnectionHost, std::enable_shared_from_this<State> {
  State(asio::io_context& io, Options given);

  asio::awaitable<void> accept();
  asio::awaitable<void> sweep();
  void accept_connection(tcp::socket socket);
  bool make_room();
  std::unique_ptr<Stream> make_stream(int descriptor);
  [[nodiscard]] bool has_open() const;
  void close_if_drained();

  Options options;
  tcp::acceptor acceptor;
  asio::steady_timer sweep_timer;
  asio::steady_timer accept_timer;
  asio::steady_timer drained_bell;  // cancelled when the last connection is drained
  std::shared_ptr<ssl_ctx_st> ssl_context;
  std::uint64_t ssl_generation = 0;
  bool closed = false;
};

Server::State::State(asio::io_context& io, Options given)
    : options(std::move(given)), acceptor(io), sweep_timer(io), accept_timer(io), drained_bell(io) {
  limits = options.limits;
  caller_check = options.caller_check;
  collects_headers = options.collect_headers;
  counters = options.counters ? options.counters : std::make_shared<Counters>();
  bodies = std::make_shared<BodyPool>(limits, counters);
  drained_bell.expires_at(std::chrono::steady_clock::time_point::max());
}

asio::awaitable<void> Server::State::accept() {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
    if (!error) {
      accept_connection(std::move(socket));
    } else if (error != asio::error::operation_aborted && error != asio::error::connection_aborted) {
      counters->count(Event::accept_failed);
      accept_timer.expires_after(kAcceptPause);
      co_await accept_timer.async_wait(kNoThrow);
    }
  }
}

void Server::State::accept_connection(tcp::socket socket) {
  counters->count(Event::connection_accepted);
  boost::system::error_code error;
  socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  auto stream = !error && make_room() ? make_stream(socket.native_handle()) : nullptr;
  if (!stream) return counters->count(Event::connection_refused);
  std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(stream), options.tls != nullptr)
      ->start();
}

// Over a limit, whoever matters least is closed: of the half-open the oldest, since an honest caller needs milliseconds
// to pass, and else the one that has been idle longest. False: there is none.
bool Server::State::make_room() {
  const bool too_many_half_open = counters->half_open >= limits.half_open;
  if (!too_many_half_open && counters->connections < limits.connections) return true;
  Connection* victim = nullptr;
  for (Connection* each : connections) {
    if (too_many_half_open ? !each->is_half_open() : !each->is_idle()) continue;
    if (victim == nullptr || each->since() < victim->since()) victim = each;
  }
  if (victim == nullptr) return false;
  counters->count(Event::connection_evicted);
  victim->close();
  return true;
}

std::unique_ptr<Stream> Server::State::make_stream(int descriptor) {
  if (!options.tls) return make_plain_stream(descriptor);
  const std::uint64_t generation = options.tls->generation();
  if (!ssl_context || generation != ssl_generation) {
    auto made = options.tls->make();
    if (!made) return nullptr;
    ssl_context = std::move(*made);
    ssl_generation = generation;
  }
  return make_tls_stream(descriptor, ssl_context);
}

asio::awaitable<void> Server::State::sweep() {
  while (!closed) {
    date = format_http_date(std::chrono::system_clock::now());
    const auto now = Connection::Clock::now();
    for (Connection* each : connections) each->close_if_late(now);
    if (draining) close_if_drained();
    sweep_timer.expires_after(limits.sweep);
    co_await sweep_timer.async_wait(kNoThrow);
  }
}

bool Server::State::has_open() const {
  return std::ranges::any_of(connections, &Connection::is_open);
}

void Server::State::close_if_drained() {
  const auto busy = [](const Connection* each) { return each->is_open() && !each->is_idle(); };
  if (std::ranges::any_of(connections, busy)) return;
  for (Connection* each : connections) each->close();
  drained_bell.cancel();
}

Server::Server(asio::io_context& io, Options options, Handler handler)
    : state_(std::make_shared<State>(io, std::move(options))) {
  state_->handler = std::move(handler);
}

Server::~Server() {
  close();
}

Result<void> Server::start() {
  const auto& address = state_->options.address;
  const auto endpoint = parse_address(address);
  if (!endpoint) {
    return fail(ErrorCode::bad_input,
                fmt::format("\"{}\" is no address to listen on: give <IP>:<port>, [<IPv6>]:<port> "
                            "or :<port>",
                            address));
  }
  if (auto listening = listen(state_->acceptor, *endpoint, state_->options.reuse_port); !listening) {
    return fail(listening.error().while_doing("listening on " + address));
  }
  const auto executor = state_->acceptor.get_executor();
  asio::co_spawn(executor, [state = state_] { return state->accept(); }, asio::detached);
  asio::co_spawn(executor, [state = state_] { return state->sweep(); }, asio::detached);
  return {};
}

std::uint16_t Server::local_port() const {
  boost::system::error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

const Counters& Server::counters() const {
  return *state_->counters;
}

void Server::stop_keeping_connections() {
  state_->keeps_connections = false;
}

// Whoever waits in the kernel's queue would be reset: they are let in first.
void Server::stop_accepting() {
  auto& acceptor = state_->acceptor;
  if (!acceptor.is_open()) return;
  boost::system::error_code error;
  acceptor.non_blocking(true, error);
  while (!error) {
    tcp::socket socket = acceptor.accept(error);
    if (!error) state_->accept_connection(std::move(socket));
  }
  acceptor.close(error);
  state_->accept_timer.cancel();
}

asio::awaitable<void> Server::drain() {
  const auto state = state_;  // this Server may go before the coroutine does
  stop_accepting();
  stop_keeping_connections();
  state->draining = true;
  for (Connection* each : state->connections) each->end_stream();
  state->close_if_drained();
  while (state->has_open()) co_await state->drained_bell.async_wait(kNoThrow);
}

void Server::close() {
  state_->closed = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->sweep_timer.cancel();
  state_->accept_timer.cancel();
  for (Connection* each : state_->connections) each->close();
  state_->drained_bell.cancel();
}

}  // namespace sallyport::net
