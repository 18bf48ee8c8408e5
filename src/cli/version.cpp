#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/plain_data.hpp"

namespace sallyport::cli {
namespace {

struct VersionFlags {
  Access access;
  bool client = false;
  std::string output = "text";
};

// What a cluster is asked for its versions.
struct ServerVersions {
  std::string kubernetes;
  std::vector<std::string> api;  // of sallyport.dev; none: not installed
};

Task<ServerVersions> fetch_versions(Session& session) {
  const auto kubernetes = co_await session.api().send(kube::get("/version"));
  if (!kubernetes) co_return std::unexpected(explain(kubernetes.error(), session.server()));
  ServerVersions versions{.kubernetes = std::string((*kubernetes)["gitVersion"].text())};
  const auto group = co_await session.api().send(kube::get("/apis/sallyport.dev"));
  if (!group && group.error().code() == ErrorCode::not_found) co_return versions;
  if (!group) co_return std::unexpected(explain(group.error(), session.server()));
  for (const auto& each : (*group)["versions"].items()) versions.api.emplace_back(each["groupVersion"].text());
  co_return versions;
}

void print_text(const ServerVersions& versions) {
  print("Kubernetes " + safe(versions.kubernetes) + "\n");
  for (const auto& each : versions.api) print("API " + safe(each) + "\n");
  if (versions.api.empty()) print("API sallyport.dev: not installed\n");
}

void print_json(const VersionFlags& flags, const std::optional<ServerVersions>& versions) {
  json::Value all = json::Value::object();
  all.set("client", flags.access.version);
  if (versions) {
    json::Value api = json::Value::array();
    for (const auto& each : versions->api) api.push(each);
    all.set("server", json::Value::object().set("kubernetes", versions->kubernetes).set("api", std::move(api)));
  }
  print(to_json(all));
}

Task<Exit> ask_server(Session& session, const VersionFlags* flags) {
  auto versions = co_await fetch_versions(session);
  if (!versions) co_return std::unexpected(versions.error());
  if (flags->output == "json")
    print_json(*flags, *versions);
  else
    print_text(*versions);
  co_return Exit::done;
}

int version(const VersionFlags& flags) {
  if (flags.output == "text") print("sallyport " + flags.access.version + "\n");
  if (!flags.client) return run(flags.access, [&](Session& session) { return ask_server(session, &flags); });
  if (flags.output == "json") print_json(flags, std::nullopt);
  return static_cast<int>(Exit::done);
}

}  // namespace

void add_version(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<VersionFlags>();
  auto* const command = app.add_subcommand("version", "Print this program's version and the cluster's");
  command->group(kOwnCommands);
  command->add_flag("--client", flags->client, "Only this program's: no cluster is asked");
  add_output(*command, flags->output, {"text", "json"}, "text or json");
  add_access(*command, flags->access, registry);
  command->callback([flags, &chosen = registry.chosen] { chosen = [flags] { return version(*flags); }; });
}

}  // namespace sallyport::cli
