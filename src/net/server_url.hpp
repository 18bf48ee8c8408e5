#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport::net {

struct ServerUrl {
  bool tls = true;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string path;  // percent-encoded, without a slash at its end
};

// "https://host[:port][/path]", also http, by RFC 3986. No user, query or fragment, and no escapes in the host.
[[nodiscard]] Result<ServerUrl> parse_server_url(std::string_view text);
[[nodiscard]] std::string to_string(const ServerUrl& url);

struct WebSocketUrl {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  std::string target;  // path and query, percent-encoded
};

// "wss://host[:port][/path][?query]", also ws. Errors show nothing of it: the query is often a ticket.
[[nodiscard]] Result<WebSocketUrl> parse_web_socket_url(std::string_view text);

}  // namespace sallyport::net
