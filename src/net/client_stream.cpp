#include "net/client_stream.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <fmt/format.h>

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

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeadBytes = 64 * kKiB;  // of the proxy's answer

using Addresses = tcp::resolver::results_type;

// A resolver cannot be interrupted: it works in asio's own thread, in what the coroutine may leave behind.
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
asio::awaitable<Result<void>> pass(TcpStream* stream, const Proxy* proxy, std::string authority) {
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

// Who must have the other end's certificate, and is told so in the handshake (an address is not).
Result<void> expect_server(TlsClientStream& stream, const Endpoint& endpoint) {
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

Error error_of(const error_code& error, std::string_view what) {
  const bool cancelled = error == asio::error::operation_aborted;
  return Error(cancelled ? ErrorCode::cancelled : ErrorCode::unavailable, error.message()).while_doing(what);
}

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
  return fail(ErrorCode::bad_input, fmt::format("{} cannot be used: {}", what, error.message()));
}

asio::awaitable<Result<ClientStream>> open_stream(asio::any_io_executor executor, const Endpoint* endpoint,
                                                  asio::ssl::context* context, Clock::time_point deadline) {
  const Proxy* const proxy = endpoint->proxy ? &*endpoint->proxy : nullptr;
  const std::string peer = authority_of(endpoint->host, endpoint->port);
  const auto addresses =
      co_await resolve(executor, proxy ? proxy->host : endpoint->host, proxy ? proxy->port : endpoint->port, deadline);
  if (!addresses) co_return fail(proxy ? addresses.error().while_doing(to_string(*proxy)) : addresses.error());
  auto tcp = std::make_unique<TcpStream>(executor);
  tcp->expires_at(deadline);
  const auto [unconnected, where] = co_await tcp->async_connect(*addresses, kNoThrow);
  if (unconnected) co_return fail(error_of(unconnected, "connecting to " + (proxy ? to_string(*proxy) : peer)));
  error_code ignored;
  tcp->socket().set_option(tcp::no_delay(true), ignored);
  tcp->socket().set_option(asio::socket_base::keep_alive(true), ignored);
  if (proxy) {
    if (const auto passed = co_await pass(tcp.get(), proxy, peer); !passed) co_return fail(passed.error());
  }
  if (!endpoint->tls) co_return ClientStream(std::move(tcp));

  auto tls = std::make_unique<TlsClientStream>(std::move(*tcp), *context);
  if (const auto set = expect_server(*tls, *endpoint); !set) co_return fail(set.error());
  const auto [refused] = co_await tls->async_handshake(asio::ssl::stream_base::client, kNoThrow);
  if (refused) {
    co_return fail(error_of(refused, "TLS handshake with " + peer + (proxy ? " through " + to_string(*proxy) : "")));
  }
  co_return ClientStream(std::move(tls));
}

}  // namespace sallyport::net
