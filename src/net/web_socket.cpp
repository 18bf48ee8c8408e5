#include "net/web_socket.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <fmt/format.h>

#include "net/client_stream.hpp"
#include "net/server_url.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using asio::experimental::awaitable_operators::operator||;
using beast::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::uint16_t kNoCode = 1005;  // RFC 6455, section 7.4.1

// Beast's timer sends the pings and ends the connection when nothing comes. For all other ends the connection is cut
// here as well, since asio's cancellation alone does not reach all that Beast (1.81) does:
// - One that comes between two frames of a message, or two pieces of a frame, is lost.
// - A close that waits to read, and a read that waits to tell what was wrong with the frame it read, wait for each
//   other. They do not notice the socket's end; then both have to be cancelled.
template <typename Stream>
class WebSocketOver final : public WebSocket {
 public:
  WebSocketOver(Stream stream, std::unique_ptr<asio::ssl::context> context, const WebSocketOptions& options)
      : connection_(std::make_unique<Connection>(std::move(context), std::move(stream))),
        socket_(connection_->socket),
        cut_(socket_.get_executor(), asio::steady_timer::time_point::max()),
        idle_(options.idle),
        closing_time_(options.closing) {
    socket_.read_message_max(options.message_bytes);
    socket_.text(true);
    socket_.control_callback([this](websocket::frame_type kind, beast::string_view) {
      if (kind == websocket::frame_type::close) they_closed_ = true;
    });
    beast::get_lowest_layer(socket_).expires_never();  // the WebSocket has time limits of its own
  }

  // A ping of Beast's may be under way, which holds pointers into the TLS stream. On a closed socket it ends within two
  // turns of the loop: what it waits for fails in the first, what it may then still begin fails in the second.
  ~WebSocketOver() override {
    socket_.control_callback();
    cut();
    const auto executor = socket_.get_executor();
    asio::post(executor, [executor, kept = std::move(connection_)]() mutable {
      asio::post(executor, [kept = std::move(kept)] {});
    });
  }

  asio::awaitable<Result<void>> open(std::string authority, std::string target, const Headers* headers,
                                     Clock::time_point deadline) {
    // The headers are of the caller's frame, which waits for this.
    socket_.set_option(websocket::stream_base::decorator([headers](websocket::request_type& request) {
      for (const auto& [name, value] : *headers) request.insert(name, value);
    }));
    const Clock::duration left = std::max(deadline - Clock::now(), Clock::duration(1));
    socket_.set_option(websocket::stream_base::timeout{left, idle_, true});
    websocket::response_type answer;
    const auto [error] = co_await socket_.async_handshake(answer, authority, target, kNoThrow);
    socket_.set_option(websocket::stream_base::decorator([](websocket::request_type&) {}));
    socket_.set_option(websocket::stream_base::timeout{closing_time_, idle_, true});
    if (error == websocket::error::upgrade_declined) {
      co_return fail(ErrorCode::unavailable,
                     fmt::format("{} opens no WebSocket (HTTP {})", authority, answer.result_int()));
    }
    if (error) co_return fail(error_of(error, "opening a WebSocket to " + authority));
    co_return Result<void>{};
  }

  asio::awaitable<Result<std::optional<std::string>>> read() override {
    std::string text;
    auto buffer = asio::dynamic_buffer(text);
    const error_code error = co_await run(socket_.async_read(buffer, kNoThrow), &cut_);
    if (error && they_closed_) co_return std::nullopt;  // whatever became of the connection afterwards
    if (error) co_return fail(failure(error, "reading from the WebSocket"));
    if (socket_.got_text()) co_return std::move(text);
    co_await close(websocket::close_code::unknown_data);
    co_return fail(ErrorCode::unavailable, "reading from the WebSocket: a message that is not text");
  }

  asio::awaitable<Result<void>> write(std::string text) override {
    if (closing_) co_return fail(failure({}, "writing to the WebSocket"));
    if (std::exchange(writing_, true)) co_return fail(ErrorCode::internal, "two writes to a WebSocket at once");
    asio::steady_timer limit(socket_.get_executor(), idle_);
    const error_code error = co_await run(socket_.async_write(asio::buffer(text), kNoThrow), &limit);
    writing_ = false;
    if (error) co_return fail(failure(error, "writing to the WebSocket"));
    co_return Result<void>{};
  }

  asio::awaitable<void> close(std::uint16_t code) override {
    if (std::exchange(closing_, true)) co_return;
    if (writing_) co_return cut();
    asio::steady_timer limit(socket_.get_executor(), closing_time_);
    co_await run(socket_.async_close(websocket::close_reason(code), kNoThrow), &limit);
    cut();
  }

  [[nodiscard]] Closed closed() const override {
    const websocket::close_reason& reason = socket_.reason();
    const std::uint16_t code = reason.code == websocket::close_code::none ? kNoCode : reason.code;
    return {code, std::string(reason.reason.data(), reason.reason.size())};
  }

 private:
  struct Connection {
    Connection(std::unique_ptr<asio::ssl::context> context, Stream stream)
        : context(std::move(context)), socket(std::move(stream)) {}
    std::unique_ptr<asio::ssl::context> context;  // before the stream that uses it
    websocket::stream<Stream> socket;
  };

  // Waits for an operation of Beast's. If the limit rings before its end, or the caller is cancelled, the connection is
  // cut, and then the operation is cancelled. After an error none is begun: a cancelled one may have kept one of
  // Beast's locks.
  template <typename Operation>
  asio::awaitable<error_code> run(Operation operation, asio::steady_timer* limit) {
    if (is_cut_) co_return asio::error::operation_aborted;
    bool done = false;  // the two below end before this frame does
    const auto first = co_await (end_of(std::move(operation), &done) || cut_at(limit, &done));
    const error_code error = first.index() == 0 ? std::get<0>(first) : error_code(asio::error::timed_out);
    if (error) cut();
    co_return error;
  }
  template <typename Operation>
  asio::awaitable<error_code> end_of(Operation operation, bool* done) {
    const auto result = co_await std::move(operation);
    *done = true;
    co_return std::get<0>(result);
  }
  asio::awaitable<void> cut_at(asio::steady_timer* limit, const bool* done) {
    co_await limit->async_wait(kNoThrow);
    if (!*done) cut();
  }
  void cut() {
    is_cut_ = true;
    beast::get_lowest_layer(socket_).close();
    cut_.cancel();
  }

  // Beast says "aborted" to all but the first operation that a failure ends.
  [[nodiscard]] Error failure(const error_code& error, std::string_view what) const {
    if (closing_) return Error(ErrorCode::cancelled, "the WebSocket is closed").while_doing(what);
    return error_of(error == asio::error::operation_aborted ? asio::error::connection_aborted : error, what);
  }

  std::unique_ptr<Connection> connection_;
  websocket::stream<Stream>& socket_;  // of the connection
  asio::steady_timer cut_;             // never expires; cancelled once the connection is cut
  bool is_cut_ = false;
  const Clock::duration idle_;
  const Clock::duration closing_time_;
  bool writing_ = false;
  bool closing_ = false;      // on our side
  bool they_closed_ = false;  // in good order
};

Endpoint endpoint_of(const WebSocketUrl& url, WebSocketOptions& options) {
  Endpoint endpoint;
  endpoint.tls = url.tls;
  endpoint.host = url.host;
  endpoint.port = url.port;
  endpoint.ca_pem = std::move(options.ca_pem);
  endpoint.proxy = std::move(options.proxy);
  return endpoint;
}

// The options and the URL are in the frame of connect_web_socket.
template <typename Stream>
asio::awaitable<Result<std::unique_ptr<WebSocket>>> open_over(Stream stream,
                                                              std::unique_ptr<asio::ssl::context> context,
                                                              const WebSocketOptions* options, const WebSocketUrl* url,
                                                              WebSocket::Clock::time_point deadline) {
  auto socket = std::make_unique<WebSocketOver<Stream>>(std::move(stream), std::move(context), *options);
  const auto opened =
      co_await socket->open(authority_of(url->host, url->port), url->target, &options->headers, deadline);
  if (!opened) co_return fail(opened.error());
  co_return socket;
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<WebSocket>>> connect_web_socket(asio::any_io_executor executor,
                                                                       WebSocketOptions options,
                                                                       WebSocket::Clock::time_point deadline) {
  const auto url = parse_web_socket_url(options.url);
  if (!url) co_return fail(url.error());
  if (const auto fit = check_for_sending(options.headers); !fit) co_return fail(fit.error());
  const Endpoint endpoint = endpoint_of(*url, options);
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  if (endpoint.tls) {
    if (const auto done = set_up(*context, endpoint); !done) co_return fail(done.error());
  }
  auto stream = co_await open_stream(executor, &endpoint, context.get(), deadline);
  if (!stream) co_return fail(stream.error());
  if (auto* plain = std::get_if<std::unique_ptr<TcpStream>>(&*stream)) {
    co_return co_await open_over(std::move(**plain), std::move(context), &options, &*url, deadline);
  }
  auto& encrypted = std::get<std::unique_ptr<TlsClientStream>>(*stream);
  co_return co_await open_over(std::move(*encrypted), std::move(context), &options, &*url, deadline);
}

}  // namespace sallyport::net
