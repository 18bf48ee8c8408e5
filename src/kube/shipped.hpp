#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "kube/api.hpp"
#include "kube/paths.hpp"

// What stops agents, as the chart installs it: two webhook configurations, the ValidatingAdmissionPolicy and its
// binding. The API server asks no webhook about them, so that they still stand has to be looked at.
namespace sallyport::kube {

struct ShippedPart {
  std::string_view role;  // one word, for logs and metrics: "gate", "requests", "policy" or "binding"
  Collection collection;
  std::string name;
  std::string_view member;  // what of the object counts: "webhooks" or "spec"
  json::Value content;      // with every field that the API server would fill in
};

// What a cloud changes by itself in every webhook, exactly as it does: "namespaceSelector" or "objectSelector".
struct ToleratedChange {
  std::string field;
  json::Value value;
};

struct ShippedGate {
  std::string release;  // Helm's, which has installed it
  std::string namespace_name;
  std::vector<ShippedPart> parts;
  std::vector<ToleratedChange> tolerated;
};

struct Drift {
  const ShippedPart* part;
  std::string what;    // a sentence without its end: "ValidatingWebhookConfiguration sallyport-gate does not exist"
  std::string remedy;  // the command that mends it
};

// Quorum reads of all parts, on the Api's thread. The gate lives longer than the answer.
[[nodiscard]] Awaitable<std::vector<Drift>> find_drift(Api& api, const ShippedGate* gate);

inline constexpr std::string_view kGateRole = "gate";  // where it differs, agents may pass

// These are pure; any thread.

// Of one object that stands: where it differs first, "webhooks[0].failurePolicy"; nothing: it is as installed. The
// caBundle and the path are the program's own.
[[nodiscard]] std::optional<std::string> difference(const ShippedPart& part, const ShippedGate& gate,
                                                    const json::Value& live);
// What puts back what the release has installed.
[[nodiscard]] std::string reinstall_command(const std::string& release, const std::string& namespace_name);
// As one word for a shell.
[[nodiscard]] std::string shell_quoted(std::string_view text);
// A JSON patch that makes it so again.
[[nodiscard]] json::Value mending_patch(const ShippedPart& part, const json::Value& live);

}  // namespace sallyport::kube
