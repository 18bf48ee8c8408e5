#include "policy/guard_facts.hpp"

#include <algorithm>

#include "policy/labels.hpp"

namespace sallyport::policy {
namespace {

constexpr std::string_view kAccounts = "system:serviceaccounts";

}  // namespace

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

bool is_own_name(const GuardSettings& settings, std::string_view name) {
  const std::string_view own = settings.own_name;
  if (own.empty() || !name.starts_with(own)) return false;
  return name.size() == own.size() || name[own.size()] == '-';
}

bool in_own_namespace(const GuardSettings& settings, const model::Envelope& envelope) {
  if (envelope.namespace_name == settings.own_namespace) return true;
  return is_namespace(envelope.resource) && envelope.name == settings.own_namespace;
}

bool is_agent_account(const GuardSettings& settings, std::string_view namespace_name, std::string_view name) {
  model::User account;
  account.username = "system:serviceaccount:" + std::string(namespace_name) + ":" + std::string(name);
  account.groups = {std::string(kAccounts), std::string(kAccounts) + ":" + std::string(namespace_name)};
  return model::find_agent(settings.agents, account) != nullptr;
}

bool are_agent_accounts(const GuardSettings& settings, std::string_view namespace_name) {
  const auto group = std::string(kAccounts) + ":" + std::string(namespace_name);
  return std::ranges::any_of(settings.agents, [&](const auto& agent) {
    return std::ranges::find(agent.namespaces, namespace_name) != agent.namespaces.end() ||
           std::ranges::find(agent.groups, group) != agent.groups.end();
  });
}

bool is_agents(const GuardSettings& settings, const model::RoleHolder& holder) {
  if (holder.kind == "ServiceAccount") return is_agent_account(settings, holder.namespace_name, holder.name);
  if (holder.kind == "User") {
    const auto account = model::service_account(holder.name);
    if (!account.name.empty()) return is_agent_account(settings, account.namespace_name, account.name);
    model::User user;
    user.username = holder.name;
    return model::find_agent(settings.agents, user) != nullptr;
  }
  const std::string prefix = std::string(kAccounts) + ":";
  if (holder.name.starts_with(prefix)) {
    return are_agent_accounts(settings, std::string_view(holder.name).substr(prefix.size()));
  }
  return std::ranges::any_of(settings.agents, [&](const auto& agent) {
    return std::ranges::find(agent.groups, holder.name) != agent.groups.end();
  });
}

bool may_run_as(const GuardSettings& settings, std::string_view namespace_name, std::string_view account) {
  if (namespace_name == kSystemNamespace) return false;
  return account.empty() || account == "default" || is_agent_account(settings, namespace_name, account);
}

}  // namespace sallyport::policy
