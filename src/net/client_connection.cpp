#include "net/client_connection.hpp"

#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "net/client_stream.hpp"
#include "net/limits.hpp"

namespace sallyport::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;
using Clock = std::chrono::steady_clock;

using Parser = http::response_parser<http::buffer_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeadBytes = 64 * kKiB;
constexpr std::size_t kPieceBytes = 64 * kKiB;

std::string text(beast::string_view view) {
  return {view.data(), view.size()};
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
    for (const auto& field : message) response.headers.add(text(field.name_string()), text(field.value()));
    if (const auto kept = response.headers.check(); !kept) {
      co_return fail(Error(ErrorCode::unavailable, kept.error().message()).while_doing("reading the answer's header"));
    }
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

}  // namespace

asio::awaitable<Result<std::unique_ptr<ClientConnection>>> connect(asio::any_io_executor executor,
                                                                   const Endpoint* endpoint,
                                                                   asio::ssl::context* context,
                                                                   Clock::time_point deadline) {
  auto stream = co_await open_stream(executor, endpoint, context, deadline);
  if (!stream) co_return fail(stream.error());
  if (auto* plain = std::get_if<std::unique_ptr<TcpStream>>(&*stream)) {
    co_return std::make_unique<ConnectionOver<TcpStream>>(std::move(**plain));
  }
  auto& encrypted = std::get<std::unique_ptr<TlsClientStream>>(*stream);
  co_return std::make_unique<ConnectionOver<TlsClientStream>>(std::move(*encrypted));
}

}  // namespace sallyport::net
