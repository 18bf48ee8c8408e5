#include "cli/agents.hpp"

#include <algorithm>

#include "cli/ink.hpp"
#include "cli/near_names.hpp"
#include "kube/paths.hpp"
#include "whatif/caller.hpp"
#include "whatif/test_file.hpp"
#include "yaml/read.hpp"

namespace sallyport::cli {
namespace {

constexpr kube::Collection kConfigMaps{"", "v1", "configmaps"};

std::vector<std::string> names_of(const std::vector<model::Agent>& agents) {
  std::vector<std::string> names;
  names.reserve(agents.size());
  for (const auto& agent : agents) names.push_back(agent.name);
  return names;
}

std::unexpected<Failure> no_agent(const Imagined& imagined, const std::vector<model::Agent>& agents) {
  const bool by_groups = std::ranges::any_of(agents, [](const auto& agent) { return !agent.groups.empty(); });
  const bool is_account = !model::service_account(imagined.user).name.empty();
  return failed(
      Exit::no_agent,
      safe(imagined.user) + (is_account ? " is no agent's account" : " is a person, and no agent") +
          ": what it does is never gated" +
          (by_groups && imagined.groups.empty() ? "; if it is an agent by a group, name that with --as-user-group"
                                                : ""));
}

}  // namespace

Outcome<Installation> read_installation(const std::string& typed) {
  const auto slash = typed.find('/');
  Installation installation{typed.substr(0, slash), slash == std::string::npos ? "" : typed.substr(slash + 1)};
  if (!installation.namespace_name.empty() && !installation.name.empty()) return installation;
  return failed(Exit::usage, "--installation is NAMESPACE/NAME, such as sallyport-system/sallyport");
}

Task<std::vector<model::Agent>> find_agents(Session& session, Installation installation) {
  const auto name = installation.name + "-config";
  const auto where = installation.namespace_name + "/" + name;
  const auto found =
      co_await session.api().send(kube::get(kube::path_of(kConfigMaps, installation.namespace_name, name)));
  if (!found && found.error().code() == ErrorCode::not_found) {
    co_return failed(Exit::refused,
                     "there is no ConfigMap " + safe(where) + "; name the installation with --installation");
  }
  if (!found) co_return std::unexpected(explain(found.error(), session.server()));
  const auto documents = yaml::read_documents((*found)["data"]["config.yaml"].text());
  auto agents = documents && documents->size() == 1 ? whatif::read_agents(documents->front())
                                                    : fail(ErrorCode::bad_input, "is not one document");
  if (!agents) co_return failed(Exit::refused, "ConfigMap " + safe(where) + ": " + safe(agents.error().message()));
  co_return std::move(*agents);
}

Outcome<std::string> agent_of(const Imagined& imagined, const std::vector<model::Agent>& agents) {
  const auto names = names_of(agents);
  if (!imagined.agent.empty() && std::ranges::find(names, imagined.agent) == names.end()) {
    return failed(Exit::no_such_agent,
                  "there is no agent " + safe(imagined.agent) + " here" + did_you_mean(imagined.agent, names));
  }
  if (imagined.user.empty()) return imagined.agent;
  const auto* const agent = model::find_agent(agents, whatif::caller_named(imagined.user, imagined.groups));
  if (agent == nullptr) return no_agent(imagined, agents);
  if (!imagined.agent.empty() && agent->name != imagined.agent) {
    return failed(Exit::usage,
                  safe(imagined.user) + " is agent " + safe(agent->name) + ", and not " + safe(imagined.agent));
  }
  return agent->name;
}

}  // namespace sallyport::cli
