#include <functional>
#include <memory>

#include <CLI/CLI.hpp>

#include "action/describe.hpp"
#include "cli/agents.hpp"
#include "cli/chart_values.hpp"
#include "cli/check_view.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/surroundings.hpp"
#include "effects/table.hpp"
#include "policy/weigher.hpp"
#include "whatif/action_sketch.hpp"
#include "whatif/caller.hpp"

namespace sallyport::cli {
namespace {

constexpr std::size_t kMostObjects = 200;

struct CheckFlags {
  Access access;
  std::string file;
  std::string values;
  std::string installation = "sallyport-system/sallyport";
  Imagined who;
  bool deletion = false;
  std::string output = "text";
};

// What people see of it; its digest means nothing.
model::ActionRecord shown(const model::AdmissionRequest& request, const effects::Table& table) {
  const Secret no_key("check");
  const effects::ReadOnce write(table, request);
  policy::Weigher weigher(write);
  return action::describe(request, {.cluster_id = "",
                                    .namespace_uid = "",
                                    .hash_key = no_key,
                                    .effects = write.effects(),
                                    .weigh = std::ref(weigher)})
      .record;
}

Outcome<model::AdmissionRequest> imagine(const CheckFlags& flags, const ApiResource& resource, Sides sides) {
  whatif::ActionSketch sketch{.resource = resource.plural + (resource.group.empty() ? "" : "." + resource.group)};
  sketch.manifest = std::move(sides.after);
  sketch.operation = model::Operation::create;
  if (sides.before) {
    sketch.operation = model::Operation::update;
    sketch.was = std::move(*sides.before);
  }
  if (flags.deletion) sketch.operation = model::Operation::del;
  if (!resource.namespaced) sketch.namespace_name = "";
  if (!flags.who.user.empty()) sketch.user = whatif::caller_named(flags.who.user, flags.who.groups);
  auto request = whatif::admission_of(std::move(sketch));
  if (!request) return failed(Exit::usage, safe(flags.file) + ": " + safe(request.error().message()));
  return std::move(*request);
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  for (auto& each : from) to.push_back(std::move(each));
}

// What is the same for all objects of a file.
struct Scene {
  effects::SharedTable effects;     // null: not known
  std::string agent;                // "": any
  std::vector<std::string> unread;  // what could not be read of it
};

// Whoever is named must be an agent: nobody else is ever gated.
Task<Scene> find_scene(Session& session, const CheckFlags* flags, ChartValues values) {
  Scene scene{.effects = std::move(values.effects), .agent = flags->who.agent, .unread = {}};
  if (flags->who.agent.empty() && flags->who.user.empty()) co_return scene;
  if (!values.agents) {
    const auto installation = read_installation(flags->installation);
    if (!installation) co_return std::unexpected(installation.error());
    auto agents = co_await find_agents(session, *installation);
    if (!agents && agents.error().exit != Exit::refused) co_return std::unexpected(agents.error());
    if (!agents) {
      scene.unread.push_back("who the agents are: " + agents.error().sentence);
      co_return scene;
    }
    values.agents = std::move(*agents);
  }
  auto agent = agent_of(flags->who, *values.agents);
  if (!agent) co_return std::unexpected(agent.error());
  scene.agent = std::move(*agent);
  co_return scene;
}

Task<Checked> check_one(Session& session, const CheckFlags* flags, const Scene* scene, json::Value manifest) {
  const std::string kind(manifest["kind"].text()), api_version(manifest["apiVersion"].text());
  auto* const metadata = manifest.find_mutable("metadata");
  if (kind.empty() || api_version.empty() || metadata == nullptr || (*metadata)["name"].text().empty()) {
    co_return failed(Exit::usage, safe(flags->file) + ": each object needs apiVersion, kind and metadata.name");
  }
  const auto resource = co_await find_resource(session, api_version, kind);
  if (!resource) co_return std::unexpected(resource.error());
  if (resource->namespaced && (*metadata)["namespace"].text().empty()) {
    metadata->set("namespace", session.namespace_name());
  }
  if (!resource->namespaced) metadata->erase("namespace");
  auto sides = co_await find_sides(session, *resource, manifest, !flags->deletion);
  if (!sides) co_return std::unexpected(sides.error());
  auto notes = std::move(sides->notes);
  const auto gate_says = std::move(sides->gate_says);
  auto unread = scene->unread;
  append(unread, std::move(sides->unread));
  auto request = imagine(*flags, *resource, std::move(*sides));
  if (!request) co_return std::unexpected(request.error());
  auto news = co_await find_policies(session, resource->namespaced ? request->namespace_name : "");
  if (!news) co_return std::unexpected(news.error());
  append(notes, std::move(news->notes));
  append(unread, std::move(news->unread));
  Checked checked{.action = shown(*request, scene->effects ? *scene->effects : effects::Table::shipped()),
                  .agent = scene->agent,
                  .user = flags->who.user,
                  .prediction = {}};
  checked.prediction = whatif::predict({.request = std::move(*request),
                                        .agent = scene->agent,
                                        .policies = std::move(news->policies),
                                        .ns = std::move(news->ns),
                                        .unread = std::move(unread),
                                        .effects = scene->effects});
  append(checked.prediction.notes, std::move(notes));
  whatif::add_gate_word(checked.prediction, gate_says);
  co_return checked;
}

Task<Exit> check(Session& session, const CheckFlags* flags, ChartValues values, std::vector<json::Value>* objects) {
  const auto scene = co_await find_scene(session, flags, std::move(values));
  if (!scene) co_return std::unexpected(scene.error());
  std::vector<Checked> all;
  for (auto& object : *objects) {
    auto checked = co_await check_one(session, flags, &*scene, std::move(object));
    if (!checked) co_return std::unexpected(checked.error());
    all.push_back(std::move(*checked));
  }
  print(flags->output == "json" ? check_json(all) : check_view(all, page_for(flags->access)));
  co_return check_exit(all);
}

int check_file(const CheckFlags& flags) {
  auto objects = read_objects(flags.file);
  std::string fault;
  if (!objects) fault = objects.error().message();
  if (objects && objects->empty()) fault = flags.file + ": there is no object in it";
  if (objects && objects->size() > kMostObjects)
    fault = flags.file + ": holds more than 200 objects; check them in parts";
  if (!flags.who.groups.empty() && flags.who.user.empty()) fault = "--as-user-group needs --as-user";
  const auto values = read_chart_values(flags.values);
  if (!values) fault = values.error().message();
  if (fault.empty()) {
    return run(flags.access, [&](Session& session) { return check(session, &flags, *values, &*objects); });
  }
  complain(safe(fault));
  return static_cast<int>(Exit::usage);
}

}  // namespace

void add_check(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<CheckFlags>();
  auto* const command = app.add_subcommand(
      "check", "Say whether an agent's `kubectl apply` of a file would be gated, and by what; changes nothing");
  command->group(kPolicyCommands);
  command->add_option("-f,--filename", flags->file, "Manifests in YAML or JSON; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--agent", flags->who.agent, "Imagine that this agent does it")->type_name("AGENT");
  command
      ->add_option("--as-user", flags->who.user,
                   "Imagine that this user does it, such as system:serviceaccount:agents:deployer; without both, "
                   "whatever any agent could meet counts")
      ->type_name("USER");
  command->add_option("--as-user-group", flags->who.groups, "A group of that user; may be given again")
      ->type_name("GROUP")
      ->allow_extra_args(false);
  command
      ->add_option("--values", flags->values,
                   "Values of the chart: who the agents are, and what their `effects` say of kinds, counts as in the "
                   "cluster")
      ->type_name("FILE");
  command
      ->add_option("--installation", flags->installation,
                   "Where Sallyport is, and what its objects begin with: its ConfigMap tells who the agents are")
      ->type_name("NAMESPACE/NAME")
      ->capture_default_str();
  command->add_flag("--delete", flags->deletion, "Imagine that the objects are deleted instead");
  add_output(*command, flags->output, {"text", "json"}, "text or json");
  add_access(*command, flags->access, registry);
  command->footer(
      "Exit codes: 0 nobody would be asked, 1 gated or refused, 2 wrong usage, 4 it cannot be told: the API server "
      "cannot be reached, or you may not read all that counts, 5 there is no agent of that name, 6 that user is no "
      "agent: "
      "a person, or another account.");
  command->callback([flags, &chosen = registry.chosen] { chosen = [flags] { return check_file(*flags); }; });
}

}  // namespace sallyport::cli
