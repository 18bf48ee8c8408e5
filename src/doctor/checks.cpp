#include "doctor/checks.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "json/json.hpp"
#include "keys/own_keys.hpp"
#include "kube/lease.hpp"
#include "kube/paths.hpp"
#include "kube/protection.hpp"
#include "kube/shipped.hpp"
#include "kube/webhook_config.hpp"

namespace sallyport::doctor {
namespace {

using boost::asio::awaitable;

constexpr kube::Collection kServiceAccounts{"", "v1", "serviceaccounts"};
constexpr std::string_view kTrialName = "sallyport-doctor";

// A policy that stops nobody. `path` is what only our webhook looks at: the CRD takes any text there.
json::Value trial_policy(std::string_view path) {
  auto policy = json::parse(R"({
    "apiVersion": "sallyport.dev/v1alpha1", "kind": "ApprovalPolicy", "metadata": {},
    "spec": {
      "enforcement": "Audit",
      "actions": [{"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["UPDATE"],
                                      "resources": ["deployments"]}]}],
      "approval": {"requirements": [{"name": "people", "count": 1,
                                     "approvers": [{"kind": "Group", "name": "sallyport-doctor"}]}]}
    }})",
                            {.bytes = 4096, .depth = 16, .values = 100});
  json::Value metadata;
  metadata.set("name", kTrialName);
  policy->set("metadata", std::move(metadata));
  auto spec = (*policy)["spec"];
  auto action = spec["actions"].items().front();
  action.set("changedFields", json::Value::Array{json::Value(path)});
  spec.set("actions", json::Value::Array{std::move(action)});
  policy->set("spec", std::move(spec));
  return std::move(*policy);
}

awaitable<Result<json::Value>> dry_run(kube::Api& api, std::string namespace_name, json::Value policy) {
  auto call = kube::create(kube::path_of(kube::kApprovalPolicies, namespace_name) + "?dryRun=All", policy);
  call.effect = kube::Effect::none;
  co_return co_await api.send(std::move(call));
}

// Both webhooks of ours are one program behind one Service: the same CA, and paths that differ in their last part
// alone.
struct Aim {
  std::string ca;
  std::string path;  // up to its last part

  friend bool operator==(const Aim&, const Aim&) = default;
};

awaitable<Result<Aim>> read_aim(kube::Api& api, kube::WebhookConfigName which) {
  const auto live = co_await kube::read_webhooks(api, which);
  if (!live) co_return fail(live.error().while_doing("reading " + which.name));
  std::optional<Aim> common;
  for (const auto& webhook : (*live)["webhooks"].items()) {
    const json::Value& client = webhook["clientConfig"];
    const auto url = std::string(client["url"].text());
    const auto target = url.empty() ? std::string(client["service"]["path"].text()) : url;
    const Aim aim{std::string(client["caBundle"].text()), target.substr(0, target.rfind('/'))};
    if (aim.ca.empty() || aim.path.empty()) {
      co_return fail(ErrorCode::unavailable,
                     which.name +
                         " lacks its caBundle or its path, which a replica puts there when it is ready: "
                         "look at the replicas");
    }
    if (common && *common != aim) {
      co_return fail(ErrorCode::conflict, "the webhooks of " + which.name + " call different places");
    }
    common = aim;
  }
  if (!common) co_return fail(ErrorCode::not_found, which.name + " has no webhook: install the chart again");
  co_return std::move(*common);
}

awaitable<std::string> webhook_drift(kube::Api& api, const serve::Config& config) {
  const auto requests = co_await read_aim(api, {kube::kMutatingWebhooks, config.webhook.requests});
  if (!requests) co_return requests.error().message();
  const auto gate = co_await read_aim(api, {kube::kValidatingWebhooks, config.webhook.gate});
  if (!gate) co_return gate.error().message();
  if (*gate != *requests) co_return config.webhook.gate + " and " + config.webhook.requests + " call different places";
  co_return "";
}

awaitable<std::string> why_drifted(kube::Api& api, const serve::Config& config) {
  const auto gate = serve::shipped_gate(config);
  const auto found = co_await kube::find_drift(api, &gate);
  if (!found) co_return found.error().message();
  std::string text;
  for (const auto& drift : *found) {
    if (!text.empty()) text += "\n";
    const bool passes = drift.part->role == kube::kGateRole;
    text += drift.what + (passes ? ", so agents may pass without being asked" : "") + ". To mend it:\n" + drift.remedy;
  }
  co_return text;
}

// Taken by the API server: it has reached us, over TLS and by the path, or failurePolicy Fail would have refused it.
awaitable<std::string> why_not_answering(kube::Api& api, const serve::Config& config) {
  const auto taken = co_await dry_run(api, config.namespace_name, trial_policy("spec.replicas"));
  co_return taken ? "" : "the dry run of a policy was refused: " + taken.error().message();
}

// Refused by us, and nobody else: the webhook is not one that lets everything pass.
awaitable<std::string> why_not_checking(kube::Api& api, const serve::Config& config) {
  const auto taken = co_await dry_run(api, config.namespace_name, trial_policy("spec..replicas"));
  if (taken)
    co_return "the dry run of a policy with a path that cannot be right was taken: is " + config.webhook.requests +
        " still as installed?";
  const auto& why = taken.error().message();
  co_return why.contains("requests.sallyport.dev") && why.contains("spec..replicas") ? "" : why;
}

awaitable<std::string> why_not_protected(kube::Api& api, const serve::Config& config) {
  const auto parts = serve::gate_parts(config);
  const auto gate = serve::shipped_gate(config);
  const auto drift = co_await kube::find_drift(api, &gate);
  const auto why = co_await kube::why_unprotected(api, &config.agents, &parts, drift && drift->empty());
  co_return why ? why->value_or("") : why.error().message();
}

// Nothing: it exists, or who asks may not know.
awaitable<bool> is_missing(kube::Api& api, std::string path) {
  const auto found = co_await api.send(kube::get(std::move(path)));
  co_return !found && found.error().code() == ErrorCode::not_found;
}

// Who is not named is never gated, so a slip of the pen opens the gate for whoever was meant.
awaitable<std::string> who_does_not_exist(kube::Api& api, const serve::Config& config) {
  std::string text;
  const auto tell = [&](const model::Agent& agent, const std::string& who) {
    if (!text.empty()) text += "\n";
    text += "agent " + agent.name + ": " + who +
            " does not exist. Is it spelled as it is in the cluster? Whoever is not named is not gated";
  };
  for (const auto& agent : config.agents) {
    for (const auto& account : agent.service_accounts) {
      const auto slash = account.find('/');
      const auto path = kube::path_of(kServiceAccounts, account.substr(0, slash), account.substr(slash + 1));
      if (co_await is_missing(api, path)) tell(agent, "service account " + account);
    }
    for (const auto& ns : agent.namespaces) {
      if (co_await is_missing(api, kube::path_of(kube::kNamespaces, {}, ns))) tell(agent, "namespace " + ns);
    }
  }
  co_return text;
}

std::string note_on_callers(const serve::Config& config) {
  if (!config.webhook.client_ca_file.empty()) return "";
  return "caller not proven: only the unguessable path tells the API server's calls from others'. The log marks what "
         "such "
         "a caller alone has said (docs/audit.md). Give the API server a client certificate, and set "
         "webhook.clientCAConfigMap and webhook.clientNames";
}

// What a key is and where it stands, replicas alone know.
std::string what_key_is_missing(const Result<std::vector<kube::Lease>>& replicas) {
  if (!replicas) return replicas.error().while_doing("reading what replicas tell in their Leases").message();
  const auto lacks_one = [](const kube::Lease& lease) { return !lease.notes.keys_missing.empty(); };
  const auto found = std::ranges::find_if(*replicas, lacks_one);
  return found == replicas->end() ? "" : keys::kKeyMissing + found->notes.keys_missing;
}

std::string identities_of(const model::Agent& agent) {
  std::string text;
  const auto add = [&text](std::string_view kind, const std::vector<std::string>& names) {
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + std::string(kind) + " " + name;
  };
  add("user", agent.users);
  add("group", agent.groups);
  add("service account", agent.service_accounts);
  add("namespace", agent.namespaces);
  return text;
}

// Whose calls have come to no replica: it may rest, or be named otherwise than it calls.
std::string who_was_never_seen(const Result<std::vector<kube::Lease>>& replicas, const serve::Config& config) {
  if (!replicas || replicas->empty()) return "";
  std::set<std::string_view> seen;
  std::string since;
  for (const auto& [replica, renewed, uid, version, notes] : *replicas) {
    if (notes.since.empty()) return "";  // one of an older version: it does not tell
    if (since.empty() || notes.since < since) since = notes.since;
    for (const auto& [agent, at] : notes.agents_seen) {
      if (!at.empty()) seen.insert(agent);
    }
  }
  std::string text;
  for (const auto& agent : config.agents) {
    if (seen.contains(agent.name)) continue;
    if (!text.empty()) text += "\n";
    text += "agent " + agent.name + " (" + identities_of(agent) + ") has made no call since " + since +
            ". If it has acted since then, it is not named as it calls, and its calls pass without being asked: as the "
            "agent, run `kubectl auth whoami`, and compare";
  }
  return text;
}

}  // namespace

awaitable<std::vector<Finding>> examine(kube::Api& api, const serve::Config* config) {
  std::vector<Finding> findings;
  findings.push_back({"what stops agents stands as installed", co_await why_drifted(api, *config)});
  findings.push_back({"both webhook configurations call Sallyport", co_await webhook_drift(api, *config)});
  findings.push_back({"Sallyport answers the API server", co_await why_not_answering(api, *config)});
  findings.push_back({"Sallyport refuses a policy that cannot work", co_await why_not_checking(api, *config)});
  findings.push_back({"no agent has a right that leads around the gate", co_await why_not_protected(api, *config)});
  findings.push_back(
      {"every account and namespace named as an agent exists", co_await who_does_not_exist(api, *config), true});
  findings.push_back({"callers prove that they are the API server", note_on_callers(*config), true});
  const auto replicas = co_await kube::list_leases(api, config->namespace_name);
  findings.push_back({"no key is missing", what_key_is_missing(replicas)});
  findings.push_back({"every agent has been seen", who_was_never_seen(replicas, *config), true});
  co_return findings;
}

}  // namespace sallyport::doctor
