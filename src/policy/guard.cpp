#include "policy/guard.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "effects/pod_carrier.hpp"
#include "policy/guard_case.hpp"
#include "policy/guard_facts.hpp"
#include "policy/guard_rbac.hpp"
#include "policy/guard_serving.hpp"
#include "policy/guard_shared.hpp"
#include "policy/withdrawal.hpp"

namespace sallyport::policy {
namespace {

using model::AdmissionRequest;
using model::Envelope;
using model::Operation;
using Part = GuardFinding::Part;
using Case = GuardCase;

Why own_kind(const Case&) {
  return "only people write them";
}

Why own_name(const Case& it) {
  const std::string why = "it belongs to Sallyport";
  if (is_own_name(it.settings, it.request.name)) return why;
  return it.either_side([&](const json::Value& object) -> Why {
    for (const std::string_view key : {"name", "generateName"}) {
      if (is_own_name(it.settings, object["metadata"][key].text())) return why;
    }
    return std::nullopt;
  });
}

Why own_role(const Case& it) {
  if (auto why = own_name(it)) return why;
  return it.either_side([&](const auto& object) { return gives_sallyport(it.settings, it.request, object); });
}

Why token(const Case& it) {
  if (is_agent_account(it.settings, it.request.namespace_name, it.request.name)) return std::nullopt;
  return "the account is no agent";
}

Why token_secret(const Case& it) {
  return it.either_side([&](const json::Value& object) -> Why {
    if (object["type"].text() != "kubernetes.io/service-account-token") return std::nullopt;
    const auto account = object["metadata"]["annotations"]["kubernetes.io/service-account.name"].text();
    if (is_agent_account(it.settings, it.request.namespace_name, account)) return std::nullopt;
    return "it holds a token of an account that is no agent";
  });
}

// Who leaves the pod as it is gives it nothing new to do under that account.
Why account(const Case& it) {
  const auto& resource = it.request.resource;
  const auto& spec = effects::pod_spec_of(resource, it.request.object);
  if (it.request.operation == Operation::update && spec == effects::pod_spec_of(resource, it.request.old_object)) {
    return std::nullopt;
  }
  for (const auto name : effects::accounts_of(spec)) {
    if (!may_run_as(it.settings, it.request.namespace_name, name)) {
      return "it runs as service account " + std::string(name) + ", which is neither an agent nor \"default\"";
    }
  }
  return std::nullopt;
}

Why new_identity(const Case&) {
  return "a certificate is a new identity";
}

Why proxied(const Case&) {
  return "anything can be done through it, in the name of the API server";
}

Why other_rights(const Case& it) {
  return gives_identity(it.settings, it.request, it.request.object);
}

Why policies_inside(const Case& it) {
  const std::string_view name =
      it.request.name.empty() ? it.request.old_object["metadata"]["name"].text() : std::string_view(it.request.name);
  return it.policies.holds_policy(name) ? Why("it holds an ApprovalPolicy, which would go with it") : std::nullopt;
}

constexpr unsigned bit(Operation operation) {
  return 1u << static_cast<unsigned>(operation);
}
constexpr unsigned kCreate = bit(Operation::create);
constexpr unsigned kUpdate = bit(Operation::update);
constexpr unsigned kDelete = bit(Operation::del);
constexpr unsigned kConnect = bit(Operation::connect);
constexpr unsigned kAll = kCreate | kUpdate | kDelete | kConnect;

struct Row {
  std::string_view group;
  std::string_view resource;     // "*": each of the group
  std::string_view subresource;  // "*": each, and the object itself
  unsigned operations;
  Part part;
  std::string_view rule;
  Why (*judge)(const Case&);
  ReadDepth reads = ReadDepth::whole;  // how much of the review it takes to say that there is nothing against it
};

constexpr std::string_view kFlowGroup = "flowcontrol.apiserver.k8s.io";
constexpr auto kOwn = Part::own_objects;
constexpr auto kIdentity = Part::identity;
constexpr auto kSelectorFields = ReadDepth::labels;
constexpr auto kRows = std::to_array<Row>({
    {kOwnGroup, "*", "*", kAll, kOwn, "own-kinds", own_kind},
    {"apiextensions.k8s.io", "customresourcedefinitions", "*", kAll, kOwn, "own-api", takes_api},
    {"apiregistration.k8s.io", "apiservices", "*", kAll, kOwn, "own-api", moves_api},
    {kFlowGroup, "*", "*", kAll, kOwn, "own-flow-control", own_name},
    {kFlowGroup, "flowschemas", "*", kAll, kOwn, "own-flow-control", reorders_calls},
    {kFlowGroup, "prioritylevelconfigurations", "*", kAll, kOwn, "own-flow-control", starves_calls},
    {kRbacGroup, "*", "*", kAll, kOwn, "own-roles", own_role},
    {"", "persistentvolumes", "*", kAll, kOwn, "own-volumes", touches_volume},
    {"storage.k8s.io", "volumeattachments", "*", kAll, kOwn, "own-volumes", touches_volume},
    {"snapshot.storage.k8s.io", "volumesnapshotcontents", "*", kAll, kOwn, "own-volumes", touches_volume},
    {"", "resourcequotas", "*", kAll, kOwn, "own-limits", limits_sallyport},
    {"", "events", "*", kAll, kOwn, "own-voice", speaks_for_sallyport},
    {"events.k8s.io", "events", "*", kAll, kOwn, "own-voice", speaks_for_sallyport},

    {"", "serviceaccounts", "token", kCreate, kIdentity, "token", token},
    {"", "secrets", "*", kAll, kIdentity, "token-secret", token_secret},
    {"", "pods", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"", "pods", "ephemeralcontainers", kUpdate, kIdentity, "account", account, kSelectorFields},
    {"", "replicationcontrollers", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"apps", "deployments", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"apps", "replicasets", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"apps", "statefulsets", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"apps", "daemonsets", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"batch", "jobs", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"batch", "cronjobs", "", kCreate | kUpdate, kIdentity, "account", account, kSelectorFields},
    {"certificates.k8s.io", "certificatesigningrequests", "", kCreate, kIdentity, "certificate", new_identity},
    {"certificates.k8s.io", "certificatesigningrequests", "approval", kUpdate, kIdentity, "certificate", new_identity},
    {"certificates.k8s.io", "certificatesigningrequests", "status", kUpdate, kIdentity, "certificate", new_identity},
    {"", "pods", "proxy", kConnect, kIdentity, "proxy", proxied},
    {"", "services", "proxy", kConnect, kIdentity, "proxy", proxied},
    {"", "nodes", "proxy", kConnect, kIdentity, "proxy", proxied},
    {kRbacGroup, "*", "", kCreate | kUpdate, kIdentity, "rights", other_rights},
    {"", "namespaces", "", kDelete, kIdentity, "policies", policies_inside},
});

bool applies(const Row& row, const Envelope& envelope) {
  const auto& resource = envelope.resource;
  return row.group == resource.group && (row.resource == "*" || row.resource == resource.resource) &&
         (row.subresource == "*" || row.subresource == resource.subresource) &&
         (row.operations & bit(envelope.operation)) != 0;
}

GuardFinding finding(Part part, std::string_view rule, const Envelope& envelope, const std::string& why) {
  auto message = "An agent may not " + std::string(to_string(envelope.operation)) + " " + to_string(envelope.resource);
  if (!envelope.name.empty()) message += " \"" + envelope.name + "\"";
  message += ": " + why + ".";
  if (part == Part::identity) {
    message += " Where an ApprovalPolicy with enforcement Enforce covers it, people are asked instead.";
  }
  return {part, std::string(rule), std::move(message)};
}

}  // namespace

ReadDepth Guard::read_depth(const Envelope& envelope) const {
  if (in_own_namespace(settings_, envelope)) return ReadDepth::whole;
  auto most = ReadDepth::envelope;
  for (const auto& row : kRows) {
    if (applies(row, envelope)) most = either(most, row.reads);
  }
  return most;
}

bool Guard::passes(const Envelope& envelope, const model::SelectorFields& fields) const {
  if (read_depth(envelope) == ReadDepth::whole) return false;
  return std::ranges::all_of(fields.service_accounts,
                             [&](const auto& name) { return may_run_as(settings_, envelope.namespace_name, name); });
}

std::optional<GuardFinding> Guard::judge(const AdmissionRequest& request, const PolicyIndex& policies) const {
  if (is_withdrawal(request)) return std::nullopt;  // whether it is theirs to withdraw, the requests webhook says
  if (in_own_namespace(settings_, request)) {
    return finding(kOwn, "own-namespace", request, "namespace " + settings_.own_namespace + " is Sallyport's own");
  }
  const Case it{settings_, volumes_.get(), request, policies};
  for (const auto& row : kRows) {
    if (!applies(row, request)) continue;
    if (const auto why = row.judge(it)) return finding(row.part, row.rule, request, *why);
  }
  return std::nullopt;
}

GuardAnswer answer_to(const GuardFinding& finding, bool covered, model::Enforcement mode) {
  if (finding.part == Part::own_objects) return GuardAnswer::refuse;
  if (covered) return GuardAnswer::pass;
  switch (mode) {
    case model::Enforcement::enforce:
      return GuardAnswer::refuse;
    case model::Enforcement::warn:
      return GuardAnswer::warn;
    case model::Enforcement::audit:
      return GuardAnswer::audit;
  }
  return GuardAnswer::refuse;
}

}  // namespace sallyport::policy
