#include "net/http_head.hpp"

#include <charconv>
#include <ctime>
#include <string>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

namespace sallyport::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string text(beast::string_view view) {
  return {view.data(), view.size()};
}

// Beast checks the grammar; the fields that we need are picked up as they pass, without a container of all of them.
class HeadParser final : public http::basic_parser<true> {
 public:
  explicit HeadParser(Fields fields) : fields_(fields) {
    // What we limit, we limit before and after.
    header_limit(UINT32_MAX);
    body_limit(boost::none);
  }

  Head head;
  bool bad = false;
  std::size_t count = 0;
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code&) override {
    const auto question = target.find('?');
    head.method = method;
    head.path = target.substr(0, question);
    if (question != beast::string_view::npos) head.query = target.substr(question + 1);
    head.http_11 = version == 11;
  }

  void on_field_impl(http::field name, beast::string_view name_text, beast::string_view value,
                     beast::error_code& error) override {
    if (++count > Headers::kMostFields) error = http::error::header_limit;
    if (fields_ == Fields::all) head.headers.add(text(name_text), text(value));
    switch (name) {
      case http::field::host:
        ++hosts;
        break;
      case http::field::transfer_encoding:
        ++encodings;
        break;
      case http::field::content_type:
        head.content_type = value;
        break;
      case http::field::content_length:
        take_length(value);
        break;
      case http::field::expect:
        head.expects_continue = beast::iequals(value, "100-continue");
        break;
      default:
        break;
    }
  }

  void take_length(beast::string_view value) {
    ++lengths;
    const auto [end, error] = std::from_chars(value.begin(), value.end(), head.content_length);
    if (error != std::errc{} || end != value.end()) bad = true;
  }

  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override { return 0; }
  void on_finish_impl(beast::error_code&) override {}

  const Fields fields_;
};

// No content, or not modified: RFC 9110, section 6.4.1.
bool may_have_body(const Response& response) {
  return response.status != 204 && response.status != 304;
}

std::string start_answer(const Response& response, std::string_view date, std::size_t size) {
  const beast::string_view reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string bytes;
  bytes.reserve(size);
  bytes.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason.data(), reason.size());
  bytes.append("\r\nDate: ").append(date).append("\r\n");
  if (may_have_body(response)) bytes.append("Content-Type: ").append(response.content_type).append("\r\n");
  for (const auto& [name, value] : response.headers) bytes.append(name).append(": ").append(value).append("\r\n");
  return bytes;
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  // The end may have begun in what was searched before.
  const std::size_t start = from < kEnd.size() ? 0 : from - (kEnd.size() - 1);
  const std::size_t found = bytes.find(kEnd, start);
  return found == std::string_view::npos ? found : found + kEnd.size();
}

std::expected<Head, Event> parse_head(std::string_view bytes, Fields fields) {
  // A field folded over two lines is read differently by different servers.
  if (bytes.find("\r\n ") != bytes.npos || bytes.find("\r\n\t") != bytes.npos)
    return std::unexpected(Event::bad_request);
  HeadParser parser(fields);
  beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(bytes), error);
  if (error == http::error::header_limit) return std::unexpected(Event::head_too_large);
  // Of a head that Beast refuses because of its encoding, only part was seen: the plain case is told apart all the
  // same.
  const bool encoded = parser.encodings > 0 || error == http::error::bad_transfer_encoding;
  if (encoded && parser.lengths == 0 && (!error || error == http::error::bad_transfer_encoding)) {
    return std::unexpected(Event::length_required);
  }
  const bool host_ok = parser.hosts == 1 || (!parser.head.http_11 && parser.hosts == 0);
  const bool one_length = !parser.bad && parser.lengths <= 1;
  if (error || used != bytes.size() || encoded || !one_length || !host_ok || !parser.head.headers.check()) {
    return std::unexpected(Event::bad_request);
  }
  // HTTP/1.0 is answered once: its keep-alive was never specified well.
  parser.head.keep_alive = parser.head.http_11 && parser.keep_alive();
  return std::move(parser.head);
}

Result<void> check(const Response& response) {
  if (!is_header_value(response.content_type)) {
    return fail(ErrorCode::bad_input, "the content type has a control character");
  }
  return check_for_sending(response.headers);
}

std::string format_answer(const Response& response, std::string_view date, bool keep_alive, bool with_body) {
  std::string bytes = start_answer(response, date, 256 + response.body.size());
  if (may_have_body(response)) {
    bytes.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  if (response.retry_after_seconds > 0) {
    bytes.append("Retry-After: ").append(std::to_string(response.retry_after_seconds)).append("\r\n");
  }
  if (!keep_alive) bytes += "Connection: close\r\n";
  bytes += "\r\n";
  if (with_body && may_have_body(response)) bytes += response.body;
  return bytes;
}

std::string format_stream_head(const Response& response, std::string_view date) {
  return start_answer(response, date, 512) + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
}

std::string format_chunk(std::string_view piece) {
  return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

std::string format_http_date(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace sallyport::net
