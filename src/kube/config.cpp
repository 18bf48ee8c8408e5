#include "kube/config.hpp"

#include <cstdlib>
#include <string_view>

#include "base/files.hpp"
#include "kube/kubeconfig.hpp"
#include "net/server_url.hpp"

namespace sallyport::kube {
namespace {

constexpr std::string_view kMounted = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at the start, by one thread
  return value == nullptr ? std::string() : std::string(value);
}

// Whichever of the two is set; others' programs read both.
std::string environment(const char* name, const char* in_lower_case) {
  const std::string value = environment(name);
  return value.empty() ? environment(in_lower_case) : value;
}

std::string without_line_end(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  return text;
}

Result<Config> load_mounted() {
  std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return fail(ErrorCode::not_found,
                "KUBERNETES_SERVICE_HOST and _PORT are not set: this is no pod; name a kubeconfig instead");
  }
  if (host.contains(':')) host = "[" + host + "]";
  const auto url = net::parse_server_url("https://" + host + ":" + port);
  if (!url) return fail(url.error());
  Config config;
  config.endpoint.host = url->host;
  config.endpoint.port = url->port;
  const std::filesystem::path mounted(kMounted);
  config.token_file = mounted / "token";
  config.ca_file = mounted / "ca.crt";
  config.namespace_name = without_line_end(read_file(mounted / "namespace").value_or(""));
  if (const auto loaded = reload(config); !loaded) return fail(loaded.error());
  if (const auto taken = take_proxy_of_environment(config); !taken) return fail(taken.error());
  return config;
}

}  // namespace

Config Config::clone() const {
  return {.endpoint = {.tls = endpoint.tls,
                       .host = endpoint.host,
                       .port = endpoint.port,
                       .server_name = endpoint.server_name,
                       .ca_pem = endpoint.ca_pem,
                       .client_chain_pem = endpoint.client_chain_pem,
                       .client_key_pem = endpoint.client_key_pem.clone(),
                       .proxy = endpoint.proxy ? std::optional(endpoint.proxy->clone()) : std::nullopt},
          .base_path = base_path,
          .token = token.clone(),
          .token_file = token_file,
          .ca_file = ca_file,
          .namespace_name = namespace_name};
}

Result<void> take_proxy_of_environment(Config& config) {
  const net::ServerUrl url{config.endpoint.tls, config.endpoint.host, config.endpoint.port, config.base_path};
  auto proxy = net::proxy_to(url, {.https = environment("HTTPS_PROXY", "https_proxy"),
                                   .http = environment("HTTP_PROXY", "http_proxy"),
                                   .none_for = environment("NO_PROXY", "no_proxy")});
  if (!proxy) return fail(proxy.error());
  config.endpoint.proxy = std::move(*proxy);
  return {};
}

Result<Config> load_config(const std::optional<std::filesystem::path>& kubeconfig) {
  return kubeconfig ? load_kubeconfig(*kubeconfig) : load_mounted();
}

Result<bool> reload(Config& config) {
  bool changed = false;
  if (!config.token_file.empty()) {
    auto token = read_file(config.token_file);
    if (!token) return fail(token.error());
    const std::string trimmed = without_line_end(std::move(*token));
    if (trimmed.empty()) return fail(ErrorCode::bad_input, config.token_file.string() + " is empty");
    changed = trimmed != config.token.reveal();
    if (changed) config.token = Secret(trimmed);
  }
  if (!config.ca_file.empty()) {
    auto ca = read_file(config.ca_file);
    if (!ca) return fail(ca.error());
    changed = changed || *ca != config.endpoint.ca_pem;
    config.endpoint.ca_pem = std::move(*ca);
  }
  return changed;
}

}  // namespace sallyport::kube
