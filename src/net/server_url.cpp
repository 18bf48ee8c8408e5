#include "net/server_url.hpp"

#include <algorithm>
#include <charconv>

namespace sallyport::net {
namespace {

// "host", "host:port", "[v6]", "[v6]:port" taken apart; false if it is none of these.
bool split_authority(std::string_view authority, ServerUrl& into) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return false;
    into.host = authority.substr(1, close - 1);
    const std::string_view rest = authority.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return false;
    if (!rest.empty()) port = rest.substr(1);
    if (!rest.empty() && port.empty()) return false;
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    into.host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    if (port.empty()) return false;
  } else {
    into.host = authority;
  }
  if (into.host.empty()) return false;
  if (port.empty()) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), into.port);
  return error == std::errc{} && end == port.data() + port.size() && into.port != 0;
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(ErrorCode::bad_input, "the server URL " + std::string(text) + " " + std::string(why));
  };
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return refuse("does not begin with https:// or http://");
  }
  if (rest.find_first_of("@?# ") != std::string_view::npos) return refuse("has a user, a query or a fragment");
  if (std::ranges::any_of(rest, [](unsigned char c) { return c < ' ' || c == 0x7f; })) {
    return refuse("has a control character");
  }
  const auto slash = rest.find('/');
  if (!split_authority(rest.substr(0, slash), url)) return refuse("has no proper host and port");
  if (slash != std::string_view::npos) url.path = rest.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

std::string to_string(const ServerUrl& url) {
  const std::string host = url.host.contains(':') ? "[" + url.host + "]" : url.host;
  return (url.tls ? "https://" : "http://") + host + ":" + std::to_string(url.port) + url.path;
}

}  // namespace sallyport::net
