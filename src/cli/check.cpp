#include <functional>
#include <memory>

#include <CLI/CLI.hpp>

#include "action/describe.hpp"
#include "cli/check_view.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/surroundings.hpp"
#include "effects/table.hpp"
#include "policy/weigher.hpp"
#include "whatif/action_sketch.hpp"
#include "whatif/caller.hpp"
#include "whatif/test_file.hpp"

namespace sallyport::cli {
namespace {

constexpr std::size_t kMostObjects = 200;

struct CheckFlags {
  Access access;
  std::string file;
  std::string values;
  std::string agent;
  std::string user;
  std::vector<std::string> groups;
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
  if (!flags.user.empty()) sketch.user = whatif::caller_named(flags.user, flags.groups);
  auto request = whatif::admission_of(std::move(sketch));
  if (!request) return failed(Exit::usage, safe(flags.file) + ": " + safe(request.error().message()));
  return std::move(*request);
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  for (auto& each : from) to.push_back(std::move(each));
}

Task<Checked> check_one(Session& session, const CheckFlags* flags, effects::SharedTable effects, json::Value manifest) {
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
  auto unread = std::move(sides->unread);
  auto request = imagine(*flags, *resource, std::move(*sides));
  if (!request) co_return std::unexpected(request.error());
  auto news = co_await find_policies(session, resource->namespaced ? request->namespace_name : "");
  if (!news) co_return std::unexpected(news.error());
  append(notes, std::move(news->notes));
  append(unread, std::move(news->unread));
  Checked checked{.action = shown(*request, effects ? *effects : effects::Table::shipped()),
                  .agent = flags->agent,
                  .user = flags->user,
                  .prediction = {}};
  checked.prediction = whatif::predict({.request = std::move(*request),
                                        .agent = flags->agent,
                                        .policies = std::move(news->policies),
                                        .ns = std::move(news->ns),
                                        .unread = std::move(unread),
                                        .effects = std::move(effects)});
  append(checked.prediction.notes, std::move(notes));
  whatif::add_gate_word(checked.prediction, gate_says);
  co_return checked;
}

Task<Exit> check(Session& session, const CheckFlags* flags, effects::SharedTable effects,
                 std::vector<json::Value>* objects) {
  std::vector<Checked> all;
  for (auto& object : *objects) {
    auto checked = co_await check_one(session, flags, effects, std::move(object));
    if (!checked) co_return std::unexpected(checked.error());
    all.push_back(std::move(*checked));
  }
  print(flags->output == "json" ? check_json(all) : check_view(all, page_for(flags->access)));
  co_return check_exit(all);
}

// Null: no values are named.
Result<effects::SharedTable> effects_in(const std::string& values) {
  if (values.empty()) return effects::SharedTable();
  const auto documents = read_objects(values);
  if (!documents) return fail(documents.error());
  if (documents->size() > 1) return fail(ErrorCode::bad_input, values + ": must be one document, values of the chart");
  auto table = whatif::table_with(documents->empty() ? json::Value() : documents->front()["effects"]);
  if (!table) return fail(table.error().while_doing(values));
  return table;
}

int check_file(const CheckFlags& flags) {
  auto objects = read_objects(flags.file);
  std::string fault;
  if (!objects) fault = objects.error().message();
  if (objects && objects->empty()) fault = flags.file + ": there is no object in it";
  if (objects && objects->size() > kMostObjects)
    fault = flags.file + ": holds more than 200 objects; check them in parts";
  if (!flags.groups.empty() && flags.user.empty()) fault = "--as-user-group needs --as-user";
  const auto effects = effects_in(flags.values);
  if (!effects) fault = effects.error().message();
  if (fault.empty()) {
    return run(flags.access, [&](Session& session) { return check(session, &flags, *effects, &*objects); });
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
  command->add_option("--agent", flags->agent, "Imagine that this agent does it")->type_name("AGENT");
  command
      ->add_option("--as-user", flags->user,
                   "Imagine that this user does it, such as system:serviceaccount:agents:deployer; without both, "
                   "whatever any agent could meet counts")
      ->type_name("USER");
  command->add_option("--as-user-group", flags->groups, "A group of that user; may be given again")
      ->type_name("GROUP")
      ->allow_extra_args(false);
  command
      ->add_option("--values", flags->values,
                   "Values of the chart: what their `effects` say of kinds counts, as in the cluster")
      ->type_name("FILE");
  command->add_flag("--delete", flags->deletion, "Imagine that the objects are deleted instead");
  add_output(*command, flags->output, {"text", "json"}, "text or json");
  add_access(*command, flags->access, registry);
  command->footer(
      "Exit codes: 0 nobody would be asked, 1 gated or refused, 2 wrong usage, 4 it cannot be told: the API server "
      "cannot be reached, or you may not read all that counts.");
  command->callback([flags, &chosen = registry.chosen] { chosen = [flags] { return check_file(*flags); }; });
}

}  // namespace sallyport::cli
