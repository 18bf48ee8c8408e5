#include "model/identity.hpp"

#include <algorithm>

namespace sallyport::model {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool lists_account(const Agent& agent, const ServiceAccountName& account) {
  if (account.name.empty()) return false;
  if (contains(agent.namespaces, account.namespace_name)) return true;
  return std::ranges::any_of(agent.service_accounts, [&](std::string_view listed) {
    const auto slash = listed.find('/');
    return slash != std::string_view::npos && listed.substr(0, slash) == account.namespace_name &&
           listed.substr(slash + 1) == account.name;
  });
}

}  // namespace

const Agent* find_agent(const std::vector<Agent>& agents, const User& user) {
  if (user.username.empty()) return nullptr;
  const auto account = service_account(user.username);
  const auto is_this = [&](const Agent& agent) {
    return contains(agent.users, user.username) || lists_account(agent, account) ||
           std::ranges::any_of(user.groups, [&](const auto& group) { return contains(agent.groups, group); });
  };
  const auto found = std::ranges::find_if(agents, is_this);
  return found == agents.end() ? nullptr : &*found;
}

ServiceAccountName service_account(std::string_view username) {
  constexpr std::string_view kPrefix = "system:serviceaccount:";
  if (!username.starts_with(kPrefix)) return {};
  username.remove_prefix(kPrefix.size());
  const auto colon = username.find(':');
  if (colon == std::string_view::npos) return {};
  const ServiceAccountName account{username.substr(0, colon), username.substr(colon + 1)};
  const bool whole = !account.namespace_name.empty() && !account.name.empty() && !account.name.contains(':');
  return whole ? account : ServiceAccountName{};
}

}  // namespace sallyport::model
