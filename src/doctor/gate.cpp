// What stops agents: that it stands as installed, and that it works.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/crypto.hpp"
#include "doctor/installation.hpp"
#include "json/json.hpp"
#include "keys/certificates.hpp"
#include "kube/paths.hpp"
#include "kube/shipped.hpp"
#include "kube/webhook_config.hpp"

namespace sallyport::doctor {
namespace {

constexpr std::string_view kTrialName = "sallyport-doctor";
constexpr Duration kEndsSoon = std::chrono::hours(24 * 7);

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

kube::Awaitable<json::Value> dry_run(kube::Api& api, std::string namespace_name, json::Value policy) {
  auto call = kube::create(kube::path_of(kube::kApprovalPolicies, namespace_name) + "?dryRun=All", policy);
  call.effect = kube::Effect::none;
  co_return co_await api.send(std::move(call));
}

// Both webhook configurations are one program's behind one Service: the same CA, and paths that differ in their last
// part alone.
struct Aim {
  std::string ca;
  std::string path;  // up to its last part

  friend bool operator==(const Aim&, const Aim&) = default;
};

kube::Awaitable<Aim> read_aim(kube::Api& api, kube::WebhookConfigName which) {
  const auto live = co_await kube::read_webhooks(api, which);
  if (!live) co_return fail(live.error().while_doing("reading " + which.name));
  std::optional<Aim> common;
  for (const auto& webhook : (*live)["webhooks"].items()) {
    const json::Value& client = webhook["clientConfig"];
    const auto url = std::string(client["url"].text());
    const auto target = url.empty() ? std::string(client["service"]["path"].text()) : url;
    const Aim aim{std::string(client["caBundle"].text()), target.substr(0, target.rfind('/'))};
    if (aim.ca.empty() || aim.path.empty()) {
      co_return fail(ErrorCode::unavailable, which.name +
                                                 " lacks its caBundle or its path, which a replica puts there "
                                                 "when it is ready");
    }
    if (common && *common != aim) {
      co_return fail(ErrorCode::conflict, "the webhooks of " + which.name + " call different places");
    }
    common = aim;
  }
  if (!common) co_return fail(ErrorCode::not_found, which.name + " has no webhook");
  co_return std::move(*common);
}

Check check_drift(kube::Api& api, Installation* installation, Report* report) {
  const std::string check = "what stops agents stands as installed";
  const auto gate = serve::shipped_gate(installation->config);
  const auto found = co_await kube::find_drift(api, &gate);
  installation->gate_stands = found && found->empty();
  if (!found) co_return add_unknown(*report, check, found.error());
  for (const auto& drift : *found) {
    const bool passes = drift.part->role == kube::kGateRole;
    const bool is_gone = drift.remedy.starts_with("helm ");
    report->add({check, Mark::fault, drift.what + (passes ? ", so agents may pass without being asked" : ""),
                 is_gone ? "Install it again" : "Put back what was installed", drift.remedy});
  }
  report->close(check);
}

void check_ca(const Aim& aim, const Installation& installation, Instant now, Report& report) {
  const std::string check = "the CA that the API server trusts holds";
  const auto ends = keys::expiry_of(decode_base64(aim.ca));
  const auto command = logs_command(installation.config, installation.config.service_account + "-0");
  const std::string todo = "See why no replica puts a CA there that holds";
  if (!ends) {
    report.add({check, Mark::fault, "the caBundle of the webhook configurations is no certificate", todo, command});
  } else if (*ends < now + kEndsSoon) {
    const bool has_ended = *ends < now;
    report.add({check, has_ended ? Mark::fault : Mark::warning,
                std::string("the caBundle of the webhook configurations ") + (has_ended ? "has ended" : "ends") +
                    " at " + format_instant(*ends),
                todo, command});
  }
  report.close(check);
}

Check check_aims(kube::Api& api, const Installation* installation, Report* report) {
  const std::string check = "both webhook configurations call Sallyport";
  const auto& config = installation->config;
  const auto requests = co_await read_aim(api, {kube::kMutatingWebhooks, config.webhook.requests});
  const auto gate = co_await read_aim(api, {kube::kValidatingWebhooks, config.webhook.gate});
  if (!requests || !gate) {
    const auto& error = !requests ? requests.error() : gate.error();
    if (error.code() == ErrorCode::forbidden) co_return add_unknown(*report, check, error);
    report->add({check, Mark::fault, error.message(), "See what the replicas say, which write there",
                 logs_command(config, config.service_account + "-0")});
  } else if (*gate != *requests) {
    report->add({check, Mark::fault, config.webhook.gate + " and " + config.webhook.requests + " call different places",
                 "Install both as they were; the replicas then write there what they are called by",
                 reinstall_command(config)});
  }
  report->close(check);
  if (gate) check_ca(*gate, *installation, api.clock().now(), *report);
}

std::string pods_command(const serve::Config& config) {
  return "kubectl -n " + config.namespace_name + " get pods,endpointslices -o wide";
}

// The first is taken by the API server: it has reached us, over TLS and by the path, or failurePolicy Fail would have
// refused it. The second is refused by us, and nobody else: the webhook is not one that lets everything pass.
Check check_answers(kube::Api& api, const Installation* installation, Report* report) {
  const std::string answers = "Sallyport answers the API server";
  const std::string refuses = "Sallyport refuses a policy that cannot work";
  const auto& config = installation->config;
  const auto taken = co_await dry_run(api, config.namespace_name, trial_policy("spec.replicas"));
  if (!taken) {
    if (taken.error().code() == ErrorCode::forbidden && !taken.error().message().contains("admission webhook"))
      co_return add_unknown(*report, answers, taken.error());
    report->add({answers, Mark::fault, "the dry run of a policy was refused: " + taken.error().message(),
                 "See whether replicas run, and whether the API server can reach them", pods_command(config)});
    co_return;
  }
  report->close(answers);
  const auto wrong = co_await dry_run(api, config.namespace_name, trial_policy("spec..replicas"));
  const auto why = wrong ? "" : wrong.error().message();
  if (wrong) {
    report->add({refuses, Mark::fault,
                 "the dry run of a policy with a path that cannot be right was taken: nobody checks reviews",
                 "Install " + config.webhook.requests + " as it was", reinstall_command(config)});
  } else if (!why.contains("requests.sallyport.dev") || !why.contains("spec..replicas")) {
    report->add({refuses, Mark::fault, "the dry run of a wrong policy was refused by somebody else: " + why,
                 "See what else stands before policies", "kubectl get mutatingwebhookconfigurations"});
  }
  report->close(refuses);
}

}  // namespace

Check check_gate(kube::Api& api, Installation* installation, Report* report) {
  co_await check_drift(api, installation, report);
  co_await check_aims(api, installation, report);
  co_await check_answers(api, installation, report);
}

}  // namespace sallyport::doctor
