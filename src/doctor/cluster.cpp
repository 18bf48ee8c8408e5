// What Sallyport stands on: its kinds, its own rights, its policies.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "doctor/crds.hpp"
#include "doctor/installation.hpp"
#include "doctor/shipped_crds.hpp"
#include "kube/access_review.hpp"
#include "kube/paths.hpp"
#include "wire/policy.hpp"
#include "yaml/read.hpp"

namespace sallyport::doctor {
namespace {

constexpr kube::Collection kStatefulSets{"apps", "v1", "statefulsets"};
constexpr kube::Collection kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions"};
constexpr const char* kInForce = "policies are in force";

const json::Value& version_of(const json::Value& crd, std::string_view name) {
  static const json::Value kNone;
  const auto versions = crd["spec"]["versions"].items();
  const auto found =
      std::ranges::find_if(versions, [&](const json::Value& version) { return version["name"].text() == name; });
  return found == versions.end() ? kNone : *found;
}

bool is_established(const json::Value& crd) {
  return std::ranges::any_of(crd["status"]["conditions"].items(), [](const json::Value& condition) {
    return condition["type"].text() == "Established" && condition["status"].text() == "True";
  });
}

std::string what_is_wrong(const json::Value& shipped, const json::Value& live) {
  const auto& version = shipped["spec"]["versions"].items().front();
  const auto& there = version_of(live, version["name"].text());
  if (!there["served"].truth() || !is_established(live)) {
    return "is not served in version " + std::string(version["name"].text());
  }
  const auto field = missing_field(version["schema"]["openAPIV3Schema"], there["schema"]["openAPIV3Schema"]);
  return field ? "lacks the field " + *field + ": it is older than this program" : "";
}

Check check_crds(kube::Api& api, const Installation* installation, Report* report) {
  const std::string check = "CustomResourceDefinitions are of this version";
  for (const auto text : kShippedCrds) {
    const auto documents = yaml::read_documents(text);
    if (!documents) co_return add_unknown(*report, check, documents.error());
    const auto& shipped = documents->front();
    const std::string name(shipped["metadata"]["name"].text());
    const auto live = co_await api.send(kube::get(kube::path_of(kCrds, {}, name)));
    const bool is_gone = !live && live.error().code() == ErrorCode::not_found;
    if (!live && !is_gone) {
      add_unknown(*report, check, live.error());
      continue;
    }
    const auto wrong = is_gone ? "does not exist, so agents are refused" : what_is_wrong(shipped, *live);
    if (wrong.empty()) continue;
    report->add({check, Mark::fault, "CustomResourceDefinition " + name + " " + wrong,
                 is_gone ? "Install it again (its objects are gone: docs/backup.md)" : "Upgrade it with the chart",
                 reinstall_command(installation->config)});
  }
  report->close(check);
}

struct NeededRight {
  std::string_view verb, group, resource, subresource;
  enum class Where { cluster, own, gate, requests } where = Where::cluster;
};
// Without any of these it does not work; the chart's roles give them, and more.
constexpr auto kNeeded = std::to_array<NeededRight>({
    {"list", "sallyport.dev", "approvalpolicies", ""},
    {"watch", "sallyport.dev", "clusterapprovalpolicies", ""},
    {"watch", "sallyport.dev", "approvalrequests", ""},
    {"create", "sallyport.dev", "approvalrequests", ""},
    {"update", "sallyport.dev", "approvalrequests", "status"},
    {"patch", "sallyport.dev", "approvalpolicies", "status"},
    {"list", "", "namespaces", ""},
    {"get", "", "pods", ""},
    {"get", "", "serviceaccounts", ""},
    {"list", "rbac.authorization.k8s.io", "clusterroles", ""},
    {"list", "rbac.authorization.k8s.io", "rolebindings", ""},
    {"create", "authorization.k8s.io", "subjectaccessreviews", ""},
    {"create", "events.k8s.io", "events", ""},
    {"patch", "admissionregistration.k8s.io", "validatingwebhookconfigurations", "", NeededRight::Where::gate},
    {"patch", "admissionregistration.k8s.io", "mutatingwebhookconfigurations", "", NeededRight::Where::requests},
    {"get", "admissionregistration.k8s.io", "validatingadmissionpolicies", "", NeededRight::Where::requests},
    {"list", "coordination.k8s.io", "leases", "", NeededRight::Where::own},
    {"patch", "coordination.k8s.io", "leases", "", NeededRight::Where::own},
});

kube::Access access_of(const NeededRight& right, const serve::Config& config) {
  using Where = NeededRight::Where;
  return {.verb = std::string(right.verb),
          .group = std::string(right.group),
          .version = "*",
          .resource = std::string(right.resource),
          .subresource = std::string(right.subresource),
          .namespace_name = right.where == Where::own ? config.namespace_name : "",
          .name = right.where == Where::gate       ? config.webhook.gate
                  : right.where == Where::requests ? config.webhook.requests
                                                   : ""};
}

Check check_own_rights(kube::Api& api, const Installation* installation, Report* report) {
  const std::string check = "Sallyport has the rights that it needs";
  const auto& config = installation->config;
  model::User own;
  own.username = "system:serviceaccount:" + config.namespace_name + ":" + config.service_account;
  own.groups = {"system:serviceaccounts", "system:serviceaccounts:" + config.namespace_name, "system:authenticated"};
  std::string lacking;
  for (const auto& right : kNeeded) {
    const auto allowed = co_await kube::is_allowed(api, own, access_of(right, config));
    if (!allowed) co_return add_unknown(*report, check, allowed.error());
    if (*allowed) continue;
    lacking += (lacking.empty() ? "" : ", ") + std::string(right.verb) + " " + std::string(right.resource) +
               (right.subresource.empty() ? "" : "/" + std::string(right.subresource));
  }
  if (!lacking.empty()) {
    report->add({check, Mark::fault,
                 "account " + config.namespace_name + "/" + config.service_account + " may not " + lacking,
                 "Put back its roles and bindings", reinstall_command(config)});
  }
  report->close(check);
}

std::string describe_command(const model::PolicyRef& ref) {
  return ref.namespace_name.empty() ? "kubectl describe clusterapprovalpolicy " + ref.name
                                    : "kubectl -n " + ref.namespace_name + " describe approvalpolicy " + ref.name;
}

void judge_policy(const json::Value& object, const model::Policy& policy, Report& report) {
  const auto status = wire::read_policy_status(object);
  const auto name = policy.ref.kind + " " + (policy.ref.namespace_name.empty() ? "" : policy.ref.namespace_name + "/") +
                    policy.ref.name;
  const auto command = describe_command(policy.ref);
  if (!policy.works()) {
    report.add({kInForce, Mark::fault,
                name + " cannot work, so agents are refused in its scope: " + policy.why_broken(), "Mend or delete it",
                command});
  } else if (status.ready.status == "False") {
    report.add({kInForce, Mark::fault, name + " is not in force: " + status.ready.message, "Mend it", command});
  } else if (status.effective.status == "False") {
    report.add({kInForce, Mark::warning, name + " does less than it seems to: " + status.effective.message, "Mend it",
                command});
  }
}

void check_policies(const Installation& installation, Report& report) {
  if (!installation.policies) return add_unknown(report, kInForce, installation.policies.error());
  bool asks = false;
  for (const auto& [object, policy] : *installation.policies) {
    asks = asks || policy.spec.enforcement == model::Enforcement::enforce;
    judge_policy(object, policy, report);
  }
  if (!asks) {
    report.add({kInForce, Mark::warning, "no policy with enforcement Enforce asks people about anything",
                "Begin with one of charts/sallyport/samples",
                "kubectl get approvalpolicies,clusterapprovalpolicies -A"});
  }
  report.close(kInForce);
  if (installation.config.guard != model::Enforcement::enforce) {
    report.add(
        {"the built-in guard refuses", Mark::warning,
         "guard is " + std::string(to_string(installation.config.guard)) +
             ": what acts as another account, gives rights or reaches a node is let through where no policy asks",
         "Set guard: Enforce in the chart's values",
         "helm upgrade " + installation.config.release + " CHART --namespace " + installation.config.namespace_name +
             " --reuse-values --set guard=Enforce"});
  }
  report.close("the built-in guard refuses");
}

Check check_statefulset(kube::Api& api, const Installation* installation, Report* report) {
  const std::string check = "as many replicas run as there should be";
  const auto& config = installation->config;
  const auto set =
      co_await api.send(kube::get(kube::path_of(kStatefulSets, config.namespace_name, config.service_account)));
  // Without one the replicas run outside of the cluster.
  if (!set && set.error().code() != ErrorCode::not_found) co_return add_unknown(*report, check, set.error());
  const auto wanted = set ? (*set)["spec"]["replicas"].integer().value_or(1) : 0;
  const auto ready = set ? (*set)["status"]["readyReplicas"].integer().value_or(0) : 0;
  if (ready < wanted) {
    report->add(
        {check, ready == 0 ? Mark::fault : Mark::warning,
         std::to_string(ready) + " of " + std::to_string(wanted) + " replicas are ready", "See what keeps the others",
         "kubectl -n " + config.namespace_name + " describe pods -l app.kubernetes.io/instance=" + config.release});
  }
  report->close(check);
}

}  // namespace

Check check_cluster(kube::Api& api, const Installation* installation, Report* report) {
  co_await check_statefulset(api, installation, report);
  co_await check_crds(api, installation, report);
  co_await check_own_rights(api, installation, report);
  check_policies(*installation, *report);
}

}  // namespace sallyport::doctor
