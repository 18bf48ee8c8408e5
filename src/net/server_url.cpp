#include "net/server_url.hpp"

#include <optional>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace sallyport::net {
namespace {

namespace urls = boost::urls;

struct Place {
  std::string host;
  std::uint16_t port;
};

std::string written(urls::string_view part) {
  return {part.data(), part.size()};
}

// An escape in a host would come out as any byte at all, in a Host header too.
std::optional<Place> place_of(const urls::url_view& url, std::uint16_t port_otherwise) {
  Place place{written(url.encoded_host_address()), port_otherwise};
  if (place.host.empty() || place.host.contains('%')) return std::nullopt;
  if (url.host_type() == urls::host_type::ipvfuture) return std::nullopt;
  // Boost 1.81 takes what is neither a port nor a path, as in "kube:4a", for a path.
  if (!url.encoded_path().empty() && !url.encoded_path().starts_with('/')) return std::nullopt;
  if (!url.has_port()) return place;
  place.port = url.port_number();  // 0 if it is empty or too large
  return place.port == 0 ? std::nullopt : std::optional(std::move(place));
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    // Before it is read as a URL nobody knows where a password stands in it.
    const std::string shown = text.contains('@') ? "" : std::string(text) + " ";
    return fail(ErrorCode::bad_input, "the server URL " + shown + std::string(why));
  };
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return refuse("does not begin with https:// or http://");
  const auto url = urls::parse_uri(text);
  if (!url) return refuse("is not well-formed");
  if (url->has_userinfo()) return fail(ErrorCode::bad_input, "the server URL has a user, which is not shown here");
  if (url->has_query() || url->has_fragment()) return refuse("has a query or a fragment");
  auto place = place_of(*url, tls ? 443 : 80);
  if (!place) return refuse("has no proper host and port");
  std::string path = written(url->encoded_path());
  while (path.ends_with('/')) path.pop_back();
  return ServerUrl{tls, std::move(place->host), place->port, std::move(path)};
}

std::string to_string(const ServerUrl& url) {
  const std::string host = url.host.contains(':') ? "[" + url.host + "]" : url.host;
  return (url.tls ? "https://" : "http://") + host + ":" + std::to_string(url.port) + url.path;
}

Result<WebSocketUrl> parse_web_socket_url(std::string_view text) {
  const auto refuse = [](std::string_view why) {
    return fail(ErrorCode::bad_input, "the WebSocket URL " + std::string(why));
  };
  const bool tls = text.starts_with("wss://");
  if (!tls && !text.starts_with("ws://")) return refuse("does not begin with wss:// or ws://");
  const auto url = urls::parse_uri(text);
  if (!url) return refuse("is not well-formed");
  if (url->has_userinfo() || url->has_fragment()) return refuse("has a user or a fragment");
  auto place = place_of(*url, tls ? 443 : 80);
  if (!place) return refuse("has no proper host and port");
  std::string target = written(url->encoded_target());
  if (!target.starts_with('/')) target.insert(0, "/");
  return WebSocketUrl{tls, std::move(place->host), place->port, std::move(target)};
}

}  // namespace sallyport::net
