#pragma once

#include <optional>
#include <string>

#include "json/value.hpp"
#include "kube/api.hpp"
#include "kube/paths.hpp"

namespace sallyport::kube {

// What of a webhook configuration is ours: who it trusts, and the path that proves its calls. Everything else of it
// belongs to the chart.
struct WebhookClientConfig {
  std::string ca_pem;
  std::string path;  // "/<secret>/admit"

  friend bool operator==(const WebhookClientConfig&, const WebhookClientConfig&) = default;
};

// One of the two configurations: kValidatingWebhooks or kMutatingWebhooks, and its name.
struct WebhookConfigName {
  Collection collection;
  std::string name;
};

// Both on the Api's thread.

// The configuration as it stands.
[[nodiscard]] Awaitable<json::Value> read_webhooks(Api& api, WebhookConfigName which);
// Puts ours into every webhook of `live`, by server-side apply: into the path of its service, or of its URL where
// it calls one. Gives the configuration as it is then.
[[nodiscard]] Awaitable<json::Value> inject_webhooks(Api& api, WebhookConfigName which, json::Value live,
                                                     WebhookClientConfig ours);

// Pure; any thread.

// The apply's body; bad_input where a webhook of `live` has neither service nor URL.
[[nodiscard]] Result<json::Value> write_injection(const json::Value& live, const WebhookClientConfig& ours);
// Why calls would not reach us by this configuration; nothing: they do, through every webhook of it.
[[nodiscard]] std::optional<std::string> webhook_drift(const json::Value& live, const WebhookClientConfig& ours);

}  // namespace sallyport::kube
