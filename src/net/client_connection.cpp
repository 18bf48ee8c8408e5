#include "net/client_connection.hpp"

#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "net/limits.hpp"
#include "net/proxy.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;
using Clock = std::chrono::steady_clock;

using Parser = http::response_parser<http::buffer_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeadBytes = 64 * kKiB;
constexpr std::size_t kPieceBytes = 64 * kKiB;

std::string text(beast::string_view view) {
  return {view.data(), view.size()};
}

Error error_of(error_code error, std::string_view what) {
  const bool cancelled = error == asio::error::operation_aborted;
  return Error(cancelled ? ErrorCode::cancelled : ErrorCode::unavailable, error.message()).while_doing(what);
}

template <typename Stream>
class ConnectionOver final : public ClientConnection {
 public:
  explicit ConnectionOver(Stream stream) : stream_(std::move(stream)) {}

  asio::awaitable<Result<void>> send(std::string_view bytes, Clock::time_point deadline) override {
    answered_ = false;
    parser_.reset();
    beast::get_lowest_layer(stream_).expires_at(deadline);
    const auto [error, sent] = co_await asio::async_write(stream_, asio::buffer(bytes), kNoThrow);
    // A write that the socket refused took nothing. One that was cut off may have been the last, and done.
    may_have_arrived_ = !error || error == beast::error::timeout || error == asio::error::operation_aborted;
    if (error) co_return fail(error_of(error, "sending the request"));
    co_return Result<void>{};
  }

  asio::awaitable<Result<ClientResponse>> read_head(AnswerShape shape, Clock::time_point deadline) override {
    parser_ = std::make_unique<Parser>();
    parser_->header_limit(kHeadBytes);
    parser_->body_limit(shape.body_limit ? boost::optional<std::uint64_t>(*shape.body_limit) : boost::none);
    parser_->skip(!shape.has_body);
    beast::get_lowest_layer(stream_).expires_at(deadline);
    const auto [error, bytes] = co_await http::async_read_header(stream_, buffer_, *parser_, kNoThrow);
    answered_ = parser_->got_some();
    if (error) co_return fail(error_of(error, "reading the answer's header"));
    const auto& message = parser_->get();
    ClientResponse response;
    response.status = static_cast<int>(message.result_int());
    response.date = text(message[http::field::date]);
    response.retry_after = text(message[http::field::retry_after]);
    response.content_type = text(message[http::field::content_type]);
    co_return response;
  }

  asio::awaitable<Result<std::string>> read_body(Clock::time_point deadline) override {
    if (parser_->is_done()) co_return std::string();
    if (piece_.empty()) piece_.resize(kPieceBytes);
    auto& body = parser_->get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    beast::get_lowest_layer(stream_).expires_at(deadline);
    while (!parser_->is_done() && body.size == piece_.size()) {
      const auto [error, bytes] = co_await http::async_read_some(stream_, buffer_, *parser_, kNoThrow);
      if (error && error != http::error::need_buffer) co_return fail(error_of(error, "reading the answer's body"));
    }
    co_return std::string(piece_.data(), piece_.size() - body.size);
  }

  [[nodiscard]] bool may_have_arrived() const override { return may_have_arrived_; }
  [[nodiscard]] bool has_answered() const override { return answered_; }

  [[nodiscard]] bool is_reusable() override {
    if (!parser_ || !parser_->is_done() || !parser_->keep_alive() || buffer_.size() > 0) return false;
    auto& socket = beast::get_lowest_layer(stream_).socket();
    error_code error;
    socket.non_blocking(true, error);
    char byte = 0;
    if (!error) socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
    return error == asio::error::would_block;
  }

  asio::awaitable<bool> discard_some() override {
    if (piece_.empty()) piece_.resize(kPieceBytes);
    beast::get_lowest_layer(stream_).expires_never();
    const auto [error, bytes] = co_await stream_.async_read_some(asio::buffer(piece_), kNoThrow);
    co_return !error;
  }

  [[nodiscard]] std::size_t unacknowledged() override {
    int bytes = 0;
    if (::ioctl(beast::get_lowest_layer(stream_).socket().native_handle(), SIOCOUTQ, &bytes) != 0) return 1;
    return static_cast<std::size_t>(bytes);
  }

  void close() override { beast::get_lowest_layer(stream_).close(); }

 private:
  Stream stream_;
  beast::flat_buffer buffer_;
  std::unique_ptr<Parser> parser_;  // of the last exchange
  std::vector<char> piece_;         // where a piece of a body is read to
  bool may_have_arrived_ = false;
  bool answered_ = false;
};

using Addresses = tcp::resolver::results_type;

// A resolver can not be interrupted: it works in asio's own thread, in what the coroutine may leave behind.
struct Resolution {
  explicit Resolution(const asio::any_io_executor& executor) : resolver(executor), bell(executor) {}
  tcp::resolver resolver;
  asio::steady_timer bell;
  error_code error = asio::error::timed_out;
  Addresses addresses;
};

asio::awaitable<Result<Addresses>> resolve(asio::any_io_executor executor, std::string host, std::uint16_t number,
                                           Clock::time_point deadline) {
  error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  const std::string port = std::to_string(number);
  if (!no_address) co_return Addresses::create(tcp::endpoint(address, number), host, port);
  const auto resolution = std::make_shared<Resolution>(executor);
  resolution->bell.expires_at(deadline);
  resolution->resolver.async_resolve(host, port, [resolution](error_code error, Addresses addresses) {
    resolution->error = error;
    resolution->addresses = std::move(addresses);
    resolution->bell.cancel();
  });
  co_await resolution->bell.async_wait(kNoThrow);
  if (resolution->error) co_return fail(error_of(resolution->error, "resolving " + host));
  co_return resolution->addresses;
}

// Afterwards the stream's bytes are those of the server behind the proxy.
asio::awaitable<Result<void>> pass(beast::tcp_stream* stream, const Proxy* proxy, std::string authority) {
  const std::string asked = connect_request(*proxy, authority);
  const auto [unsent, sent] = co_await asio::async_write(*stream, asio::buffer(asked), kNoThrow);
  if (unsent) co_return fail(error_of(unsent, "asking " + to_string(*proxy)));
  http::response_parser<http::empty_body> answer;
  answer.header_limit(kHeadBytes);
  answer.skip(true);
  beast::flat_buffer buffer;
  const auto [unread, bytes] = co_await http::async_read_header(*stream, buffer, answer, kNoThrow);
  if (unread) co_return fail(error_of(unread, "reading the answer of " + to_string(*proxy)));
  if (auto open = check_connect_answer(*proxy, authority, static_cast<int>(answer.get().result_int())); !open) {
    co_return open;
  }
  // The server speaks after us: nothing can have come from it yet.
  if (buffer.size() > 0) co_return fail(ErrorCode::unavailable, to_string(*proxy) + " says more than it was asked");
  co_return Result<void>{};
}

using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Who must have the other end's certificate, and is told so in the handshake (an address is not).
Result<void> expect_server(TlsStream& stream, const Endpoint& endpoint) {
  const std::string& name = endpoint.server_name.empty() ? endpoint.host : endpoint.server_name;
  stream.set_verify_callback(asio::ssl::host_name_verification(name));
  error_code no_address;
  asio::ip::make_address(name, no_address);
  if (no_address && SSL_set_tlsext_host_name(stream.native_handle(), name.c_str()) != 1) {
    return fail(ErrorCode::internal, "OpenSSL does not take the server name " + name);
  }
  return {};
}

asio::const_buffer buffer_of(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

Result<void> set_up(asio::ssl::context& context, const Endpoint& endpoint) {
  error_code error;
  std::string_view what = "the endpoint's CA";
  context.set_options(
      asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  if (!error) context.set_verify_mode(asio::ssl::verify_peer, error);
  // An encrypted key is refused; without this, OpenSSL would ask the terminal for its password.
  if (!error) context.set_password_callback([](std::size_t, auto) { return std::string(); }, error);
  if (!error && endpoint.ca_pem.empty()) context.set_default_verify_paths(error);
  if (!error && !endpoint.ca_pem.empty()) context.add_certificate_authority(buffer_of(endpoint.ca_pem), error);
  if (!error && !endpoint.client_chain_pem.empty()) {
    what = "the client certificate";
    context.use_certificate_chain(buffer_of(endpoint.client_chain_pem), error);
    if (!error) context.use_private_key(buffer_of(endpoint.client_key_pem.reveal()), asio::ssl::context::pem, error);
  }
  if (!error) return {};
  return fail(ErrorCode::bad_input, fmt::format("{} can not be used: {}", what, error.message()));
}

asio::awaitable<Result<std::unique_ptr<ClientConnection>>> connect(asio::any_io_executor executor,
                                                                   const Endpoint* endpoint,
                                                                   asio::ssl::context* context,
                                                                   Clock::time_point deadline) {
  const Proxy* const proxy = endpoint->proxy ? &*endpoint->proxy : nullptr;
  const std::string peer = authority_of(endpoint->host, endpoint->port);
  const auto addresses =
      co_await resolve(executor, proxy ? proxy->host : endpoint->host, proxy ? proxy->port : endpoint->port, deadline);
  if (!addresses) co_return fail(proxy ? addresses.error().while_doing(to_string(*proxy)) : addresses.error());
  beast::tcp_stream tcp_stream(executor);
  tcp_stream.expires_at(deadline);
  const auto [unconnected, where] = co_await tcp_stream.async_connect(*addresses, kNoThrow);
  if (unconnected) co_return fail(error_of(unconnected, "connecting to " + (proxy ? to_string(*proxy) : peer)));
  error_code ignored;
  tcp_stream.socket().set_option(tcp::no_delay(true), ignored);
  tcp_stream.socket().set_option(asio::socket_base::keep_alive(true), ignored);
  if (proxy) {
    if (const auto passed = co_await pass(&tcp_stream, proxy, peer); !passed) co_return fail(passed.error());
  }
  if (!endpoint->tls) co_return std::make_unique<ConnectionOver<beast::tcp_stream>>(std::move(tcp_stream));

  TlsStream tls_stream(std::move(tcp_stream), *context);
  if (const auto set = expect_server(tls_stream, *endpoint); !set) co_return fail(set.error());
  const auto [refused] = co_await tls_stream.async_handshake(asio::ssl::stream_base::client, kNoThrow);
  if (refused) {
    co_return fail(error_of(refused, "TLS handshake with " + peer + (proxy ? " through " + to_string(*proxy) : "")));
  }
  co_return std::make_unique<ConnectionOver<TlsStream>>(std::move(tls_stream));
}

}  // namespace sallyport::net
