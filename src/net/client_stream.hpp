#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/client.hpp"

namespace boost::asio::ssl {
class context;
}
namespace boost::beast {
class unlimited_rate_policy;
template <typename Protocol, typename Executor, typename RatePolicy>
class basic_stream;
template <typename NextLayer>
class ssl_stream;
}  // namespace boost::beast

namespace sallyport::net {

// Beast's streams, known to be there; whoever uses them includes Beast in its .cpp.
using TcpStream =
    boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, boost::beast::unlimited_rate_policy>;
using TlsClientStream = boost::beast::ssl_stream<TcpStream>;
using ClientStream = std::variant<std::unique_ptr<TcpStream>, std::unique_ptr<TlsClientStream>>;

// bad_input: the CA or the client certificate cannot be used.
[[nodiscard]] Result<void> set_up(boost::asio::ssl::context& context, const Endpoint& endpoint);

// A way to the endpoint, through its proxy if it has one, with TLS done and its certificate checked. The endpoint and
// the context are the caller's, who keeps them until this is done.
[[nodiscard]] boost::asio::awaitable<Result<ClientStream>> open_stream(boost::asio::any_io_executor executor,
                                                                       const Endpoint* endpoint,
                                                                       boost::asio::ssl::context* context,
                                                                       std::chrono::steady_clock::time_point deadline);

// `cancelled` or unavailable, with what was being done.
[[nodiscard]] Error error_of(const boost::system::error_code& error, std::string_view what);

}  // namespace sallyport::net
