#include "policy/guard_identity.hpp"

#include <string_view>

#include "effects/pod_carrier.hpp"
#include "policy/guard_facts.hpp"

namespace sallyport::policy {
namespace {

using json::Value;
using model::Operation;

constexpr std::string_view kAccountToken = "kubernetes.io/service-account-token";
constexpr std::string_view kBootstrapToken = "bootstrap.kubernetes.io/token";

Why other_account(const GuardCase& it, std::string_view account) {
  const auto& ns = it.request.namespace_name;
  if (may_run_as(it.settings, ns, account)) return std::nullopt;
  if (ns == kSystemNamespace) return "it runs in " + ns + ", where every account may do more than an agent";
  return "it runs as service account " + std::string(account) + ", which is neither an agent nor \"default\"";
}

// Who leaves the pod as it is gives it nothing new to do under that account.
Why other_account_of_pod(const GuardCase& it) {
  const auto& resource = it.request.resource;
  if (auto why = respelled_pod(it)) return why;
  const auto& spec = effects::pod_spec_of(resource, it.request.object);
  if (spec.is_null() || spec == effects::pod_spec_of(resource, it.request.old_object)) return std::nullopt;
  for (const auto name : effects::accounts_of(spec)) {
    if (auto why = other_account(it, name)) return why;
  }
  return std::nullopt;
}

bool adds_container(const model::Envelope& envelope) {
  return envelope.resource.subresource == "ephemeralcontainers";
}

}  // namespace

Why respelled_pod(const GuardCase& it) {
  const auto& resource = it.request.resource;
  const auto key = effects::respelled_key(resource, it.request.object);
  if (key.empty() || it.request.object["data"] == it.request.old_object["data"]) return std::nullopt;
  return "it has \"" + key + "\", which some take for another key, so what it runs and as whom cannot be told";
}

Says takes_token(const GuardCase& it) {
  if (is_agent_account(it.settings, it.request.namespace_name, it.request.name)) return std::nullopt;
  return "the account is no agent";
}

Says holds_token(const GuardCase& it) {
  return it.either_side([&](const Value& object) -> Why {
    const auto type = object["type"].text();
    if (type == kBootstrapToken) return "whoever knows it joins the cluster as a node";
    if (type != kAccountToken) return std::nullopt;
    const auto account = object["metadata"]["annotations"]["kubernetes.io/service-account.name"].text();
    if (is_agent_account(it.settings, it.request.namespace_name, account)) return std::nullopt;
    return "it holds a token of an account that is no agent";
  });
}

// What is put beside a pod's containers while it runs is a matter of `connects_to_other`.
Says runs_as_other(const GuardCase& it) {
  if (adds_container(it.request)) return std::nullopt;
  return other_account_of_pod(it);
}

Says connects_to_other(const GuardCase& it) {
  if (it.request.operation == Operation::update) return other_account_of_pod(it);
  if (!it.reads.pod) {
    return GuardQuestion{.about = PodName{it.request.namespace_name, it.request.name},
                         .covered_by = {model::Effect::connects}};
  }
  if (!it.reads.pod->is_there) return std::nullopt;
  return other_account(it, it.reads.pod->account);
}

// What is asked for stays as it was made; what is answered stands in the other parts.
Says asks_certificate(const GuardCase& it) {
  if (it.request.operation == Operation::update && it.request.resource.subresource.empty()) return std::nullopt;
  return "a certificate is a new identity";
}

Says goes_by_proxy(const GuardCase&) {
  return "anything can be done through it, in the name of the API server";
}

}  // namespace sallyport::policy
