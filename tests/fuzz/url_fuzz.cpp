// Any text: what is taken for a URL stays the same when it is written and read again, and has nothing in it that would
// end a line or a word of a request.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/proxy.hpp"
#include "net/server_url.hpp"

namespace {

using namespace sallyport::net;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_one_word(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

void check_host(const std::string& host, std::uint16_t port) {
  require(!host.empty() && is_one_word(host) && port != 0);
  require(host.find_first_of("/@?#%[]") == std::string::npos);
}

void check_server(std::string_view text) {
  const auto url = parse_server_url(text);
  if (!url) return;
  check_host(url->host, url->port);
  require(is_one_word(url->path) && url->path.find_first_of("?#") == std::string::npos);
  require(url->path.empty() || (url->path.starts_with('/') && !url->path.ends_with('/')));
  const auto again = parse_server_url(to_string(*url));
  require(again.has_value() && to_string(*again) == to_string(*url));
}

void check_web_socket(std::string_view text) {
  const auto url = parse_web_socket_url(text);
  if (!url) return;
  check_host(url->host, url->port);
  require(url->target.starts_with('/') && is_one_word(url->target) && !url->target.contains('#'));
}

void check_proxy(std::string_view text) {
  if (const auto proxy = parse_proxy_url(text)) check_host(proxy->host, proxy->port);
  const ServerUrl servers[] = {
      {true, "kube.example", 443, ""}, {false, "10.1.2.3", 80, ""}, {true, "fd00::1", 6443, ""}};
  for (const ServerUrl& each : servers) {
    (void)proxy_to(each, {.https = "http://p:1", .http = "p:1", .none_for = std::string(text)});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_server(text);
  check_server("https://" + std::string(text));
  check_web_socket(text);
  check_web_socket("wss://" + std::string(text));
  check_proxy(text);
  return 0;
}
