#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "net/counters.hpp"
#include "net/http.hpp"

namespace sallyport::net {

// A request up to its empty line: what of it we look at.
struct Head {
  std::string method;
  std::string path;
  std::string query;
  std::string content_type;
  Headers headers;  // none, if only the needed ones were asked for
  std::uint64_t content_length = 0;
  bool http_11 = false;
  bool keep_alive = false;
  bool expects_continue = false;
};

// Which header fields are kept. `needed`: those that Head has a member for; no memory is taken for others.
enum class Fields { needed, all };

// Where the head ends (one past its empty line), or npos. Bytes before `from` were searched already.
[[nodiscard]] std::size_t find_head_end(std::string_view bytes, std::size_t from);

// `bytes` is a whole head. Strict, because a proxy before us must not see another request in the same bytes: exactly
// one Host in HTTP/1.1, at most one Content-Length of digits only, no Transfer-Encoding, at most Headers::kMostFields
// fields. Else why not: bad_request, length_required or head_too_large.
[[nodiscard]] std::expected<Head, Event> parse_head(std::string_view bytes, Fields fields = Fields::needed);

// bad_input: its headers or its content type would not stay what they are on the wire.
[[nodiscard]] Result<void> check(const Response& response);

// An answer as it goes over the wire. `date` is an IMF-fixdate. To a HEAD request the body only counts.
[[nodiscard]] std::string format_answer(const Response& response, std::string_view date, bool keep_alive,
                                        bool with_body);
// The head of one whose body follows in chunks (RFC 9112, section 7.1), and ends the connection.
[[nodiscard]] std::string format_stream_head(const Response& response, std::string_view date);
[[nodiscard]] std::string format_chunk(std::string_view piece);  // not empty
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
[[nodiscard]] std::string format_http_date(std::chrono::system_clock::time_point time);

}  // namespace sallyport::net
