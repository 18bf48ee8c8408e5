#include "kube/webhook_config.hpp"

#include <utility>

#include "base/crypto.hpp"
#include "net/server_url.hpp"

namespace sallyport::kube {
namespace {

Result<json::Value> write_client_config(const json::Value& live, const WebhookClientConfig& ours) {
  json::Value written;
  written.set("caBundle", base64(ours.ca_pem));
  if (live["service"].is_object()) {
    // The path alone: name, namespace and port stay the chart's own.
    written.set("service", json::Value().set("path", ours.path));
    return written;
  }
  auto url = net::parse_server_url(live["url"].text());
  if (!url) return fail(url.error());
  url->path = ours.path;
  written.set("url", to_string(*url));
  return written;
}

std::string_view path_in(const json::Value& client_config) {
  if (client_config["service"].is_object()) return client_config["service"]["path"].text();
  std::string_view url = client_config["url"].text();
  const auto authority = url.find("://");
  const auto slash = authority == std::string_view::npos ? authority : url.find('/', authority + 3);
  return slash == std::string_view::npos ? std::string_view() : url.substr(slash);
}

}  // namespace

Result<json::Value> write_injection(const json::Value& live, const WebhookClientConfig& ours) {
  json::Value webhooks = json::Value::array();
  for (const json::Value& webhook : live["webhooks"].items()) {
    auto client_config = write_client_config(webhook["clientConfig"], ours);
    if (!client_config)
      return fail(client_config.error().while_doing("webhook " + std::string(webhook["name"].text())));
    json::Value entry;
    entry.set("name", webhook["name"].text());
    entry.set("clientConfig", std::move(*client_config));
    webhooks.push(std::move(entry));
  }
  json::Value metadata;
  metadata.set("name", live["metadata"]["name"].text());
  // Refused if anybody has written it since.
  if (const auto version = live["metadata"]["resourceVersion"].text(); !version.empty())
    metadata.set("resourceVersion", version);
  json::Value written;
  written.set("apiVersion", live["apiVersion"].text());
  written.set("kind", live["kind"].text());
  written.set("metadata", std::move(metadata));
  written.set("webhooks", std::move(webhooks));
  return written;
}

std::optional<std::string> webhook_drift(const json::Value& live, const WebhookClientConfig& ours) {
  if (live["webhooks"].items().empty()) return "it has no webhooks";
  const std::string ca = base64(ours.ca_pem);
  for (const json::Value& webhook : live["webhooks"].items()) {
    const std::string name(webhook["name"].text());
    if (webhook["clientConfig"]["caBundle"].text() != ca) return name + " has another caBundle than ours";
    if (path_in(webhook["clientConfig"]) != ours.path) return name + " has another path than ours";
  }
  return std::nullopt;
}

Awaitable<json::Value> read_webhooks(Api& api, WebhookConfigName which) {
  co_return co_await api.send(get(path_of(which.collection, {}, which.name)));
}

Awaitable<json::Value> inject_webhooks(Api& api, WebhookConfigName which, json::Value live, WebhookClientConfig ours) {
  auto body = write_injection(live, ours);
  if (!body) co_return fail(body.error());
  co_return co_await api.send(server_side_apply(path_of(which.collection, {}, which.name), *body));
}

}  // namespace sallyport::kube
