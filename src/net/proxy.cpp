#include "net/proxy.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/pct_string_view.hpp>
#include <fmt/format.h>

namespace sallyport::net {
namespace {

namespace ip = boost::asio::ip;

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return lowered;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<ip::address> address_of(const std::string& host) {
  boost::system::error_code error;
  const auto address = ip::make_address(host, error);
  if (error) return std::nullopt;
  return address;
}

// User names and passwords in URLs: "%40" is "@". Where "%" stands for itself, all of it stays as it is.
std::string unescaped(std::string_view text) {
  const auto escaped = boost::urls::make_pct_string_view(text);
  return escaped ? escaped->decode() : std::string(text);
}

template <typename Network, typename Address>
bool holds(const Network& network, const Address& address) {
  return Network(address, network.prefix_length()).canonical() == network.canonical();
}

// "10.0.0.0/8"; nothing: the entry is no network.
std::optional<bool> in_network(const std::string& entry, const std::optional<ip::address>& address) {
  boost::system::error_code no_v4;
  boost::system::error_code no_v6;
  const auto v4 = ip::make_network_v4(entry, no_v4);
  if (!no_v4) return address && address->is_v4() && holds(v4, address->to_v4());
  const auto v6 = ip::make_network_v6(entry, no_v6);
  if (!no_v6) return address && address->is_v6() && holds(v6, address->to_v6());
  return std::nullopt;
}

// Whether one entry of NO_PROXY means this server: "*", a network, an address or a domain, these two also with a port.
bool means(std::string_view written, const ServerUrl& server) {
  std::string entry = lower(trimmed(written));
  const std::string host = lower(server.host);
  const auto address = address_of(host);
  if (entry == "*") return true;
  if (const auto inside = in_network(entry, address)) return *inside;
  if (!address_of(entry)) {  // an IPv6 address has colons of its own
    const auto colon = entry.rfind(':');
    if (colon != std::string::npos && entry.substr(colon + 1) != std::to_string(server.port)) return false;
    entry.resize(std::min(colon, entry.size()));
    if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  }
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.empty()) return false;
  if (const auto meant = address_of(entry)) return meant == address;
  return entry.starts_with('.') ? host.ends_with(entry) : host == entry || host.ends_with("." + entry);
}

bool is_excepted(const ServerUrl& server, std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (means(list.substr(0, end), server)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool is_here(const std::string& host) {
  const auto address = address_of(host);
  return host == "localhost" || (address && address->is_loopback());
}

}  // namespace

Result<Proxy> parse_proxy_url(std::string_view text) {
  const auto mark = text.find("://");
  const std::string scheme(mark == std::string_view::npos ? "http" : text.substr(0, mark));
  const std::string_view rest = mark == std::string_view::npos ? text : text.substr(mark + 3);
  const auto at = rest.rfind('@');
  const std::string_view user = at == std::string_view::npos ? "" : rest.substr(0, at);
  const std::string shown = scheme + "://" + std::string(rest.substr(user.empty() ? 0 : at + 1));
  if (scheme != "http") {
    return fail(ErrorCode::bad_input, "the proxy " + shown + " is not supported; only http:// proxies are");
  }
  auto url = parse_server_url(shown);
  if (!url) return fail(ErrorCode::bad_input, "the proxy " + shown + " has no proper host and port");
  Proxy proxy{std::move(url->host), url->port, {}};
  if (!user.empty()) {
    const auto colon = user.find(':');
    const auto password = colon == std::string_view::npos ? "" : user.substr(colon + 1);
    proxy.authorization = Secret("Basic " + base64(unescaped(user.substr(0, colon)) + ":" + unescaped(password)));
  }
  return proxy;
}

Result<std::optional<Proxy>> proxy_to(const ServerUrl& server, const ProxySettings& settings) {
  const std::string& url = server.tls ? settings.https : settings.http;
  if (url.empty() || is_here(server.host) || is_excepted(server, settings.none_for)) return std::nullopt;
  auto proxy = parse_proxy_url(url);
  if (!proxy) return fail(proxy.error().while_doing(server.tls ? "HTTPS_PROXY" : "HTTP_PROXY"));
  return std::optional(std::move(*proxy));
}

std::string authority_of(const std::string& host, std::uint16_t port) {
  return fmt::format("{}{}{}:{}", host.contains(':') ? "[" : "", host, host.contains(':') ? "]" : "", port);
}

std::string to_string(const Proxy& proxy) {
  return "the proxy " + authority_of(proxy.host, proxy.port);
}

std::string connect_request(const Proxy& proxy, const std::string& authority) {
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
  if (!proxy.authorization.empty()) {
    request += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization.reveal());
  }
  return request + "\r\n";
}

Result<void> check_connect_answer(const Proxy& proxy, const std::string& authority, int status) {
  if (status / 100 == 2) return {};
  const bool stranger = status == 407 || status == 401;  // the latter is wrong, but tinyproxy says it
  const std::string why = !stranger ? ""
                          : proxy.authorization.empty()
                              ? ": it wants a user and a password, http://USER:PASSWORD@HOST:PORT"
                              : ": it does not accept the user and password of its URL";
  return fail(ErrorCode::unavailable,
              fmt::format("{} does not let us through to {} (HTTP {}{})", to_string(proxy), authority, status, why));
}

}  // namespace sallyport::net
