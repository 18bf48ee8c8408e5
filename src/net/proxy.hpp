#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "net/server_url.hpp"

namespace sallyport::net {

// An HTTP proxy, asked by CONNECT for a way through: what passes it stays between us and the server, TLS and all.
struct Proxy {
  std::string host;
  std::uint16_t port = 80;
  Secret authorization;  // the value of Proxy-Authorization; empty: none is sent

  [[nodiscard]] Proxy clone() const { return {host, port, authorization.clone()}; }
};

// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as the environment has them.
struct ProxySettings {
  std::string https;
  std::string http;
  std::string none_for;
};

// "[http://][user:password@]host[:port]". Errors do not tell the password.
[[nodiscard]] Result<Proxy> parse_proxy_url(std::string_view text);

// The proxy on the way to a server, as Go's programs (kubectl is one) read these variables; most often there is none.
// They never concern localhost and loopback addresses.
[[nodiscard]] Result<std::optional<Proxy>> proxy_to(const ServerUrl& server, const ProxySettings& settings);

// "host:port", with brackets around an IPv6 address.
[[nodiscard]] std::string authority_of(const std::string& host, std::uint16_t port);
[[nodiscard]] std::string to_string(const Proxy& proxy);  // "the proxy host:port"

// What asks for the way, and why there is none if the answer has this status.
[[nodiscard]] std::string connect_request(const Proxy& proxy, const std::string& authority);
[[nodiscard]] Result<void> check_connect_answer(const Proxy& proxy, const std::string& authority, int status);

}  // namespace sallyport::net
