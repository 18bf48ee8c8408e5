#include "whatif/caller.hpp"

#include <algorithm>

namespace sallyport::whatif {

model::User caller_named(std::string username, std::vector<std::string> groups) {
  const auto add = [&groups](std::string group) {
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(std::move(group));
  };
  if (const auto account = model::service_account(username); !account.name.empty()) {
    add("system:serviceaccounts");
    add("system:serviceaccounts:" + std::string(account.namespace_name));
  }
  add("system:authenticated");
  return {.username = std::move(username), .groups = std::move(groups)};
}

model::User caller_of(const model::Agent& agent) {
  if (!agent.service_accounts.empty()) {
    auto account = agent.service_accounts.front();
    std::ranges::replace(account, '/', ':');
    return caller_named("system:serviceaccount:" + account);
  }
  if (!agent.users.empty()) return caller_named(agent.users.front());
  if (!agent.namespaces.empty()) {
    return caller_named("system:serviceaccount:" + agent.namespaces.front() + ":default");
  }
  return {};
}

}  // namespace sallyport::whatif
