#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "base/crypto.hpp"
#include "cli/as_sent.hpp"
#include "cli/ask_view.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/dry_run.hpp"
#include "cli/surroundings.hpp"
#include "kube/paths.hpp"

namespace sallyport::cli {
namespace {

constexpr std::size_t kMostObjects = 200;
constexpr std::size_t kLongestId = 40;
constexpr std::size_t kLongestReason = 1024;
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kRandomLetters = 7;

struct AskFlags {
  Access access;
  std::vector<std::string> files;
  std::string reason;
  std::string plan;
  std::string manager;
  std::string release;
  bool server_side = false;
  std::string output = "table";
};

NextCommand next_command(const AskFlags& flags, const Session& session) {
  // `kubectl apply` sends a patch, which makes its manager no owner of what stands there already. An apply by the
  // server does, but for one that has not been here before.
  NextCommand next{.sender = Sender::apply,
                   .manager = "sallyport-ask",
                   .release = flags.release,
                   .namespace_name = session.namespace_name()};
  if (flags.server_side) next = {.sender = Sender::server_side_apply, .manager = "kubectl"};
  if (!flags.release.empty()) {
    next.sender = Sender::helm;
    next.manager = "helm";
  }
  if (!flags.manager.empty()) next.manager = flags.manager;
  return next;
}

// Of this run alone: the same files asked about once more are another plan.
std::string new_plan(const AskFlags& flags) {
  const auto bytes = flags.access.machine->random.bytes(kRandomBytes);
  const std::string made = flags.release.empty() ? "ask" : flags.release;
  return made.substr(0, kLongestId / 2) + "-" + base32(sha256(bytes.reveal())).substr(0, kRandomLetters);
}

std::string why_no_plan(const std::string& text) {
  const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool right = !text.empty() && text.size() <= kLongestId && is_alphanumeric(text.front()) &&
                     is_alphanumeric(text.back()) &&
                     std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || c == '-'; });
  return right ? "" : "a plan's name has at most 40 lower-case letters, digits and -, and - neither first nor last";
}

// Nothing: the command that follows sends none of it.
Task<std::optional<AskedObject>> ask_one(Session& session, const NextCommand* next, const AskFlags* flags,
                                         json::Value manifest) {
  const std::string kind(manifest["kind"].text()), api_version(manifest["apiVersion"].text());
  auto* const metadata = manifest.find_mutable("metadata");
  const std::string name(metadata == nullptr ? "" : (*metadata)["name"].text());
  const bool is_named = metadata != nullptr && (!name.empty() || !(*metadata)["generateName"].text().empty());
  if (kind.empty() || api_version.empty() || !is_named) {
    co_return failed(Exit::usage, "each object needs apiVersion, kind and metadata.name");
  }
  const std::string object = kind + " " + (name.empty() ? std::string((*metadata)["generateName"].text()) : name);
  const auto resource = co_await find_resource(session, api_version, kind);
  if (!resource && resource.error().exit == Exit::unreachable) co_return std::unexpected(resource.error());
  if (!resource) co_return AskedObject{.object = object, .words = resource.error().sentence};
  if (!resource->namespaced) metadata->erase("namespace");
  if (resource->namespaced && (*metadata)["namespace"].text().empty()) {
    metadata->set("namespace", session.namespace_name());
  }
  const std::string where(manifest["metadata"]["namespace"].text());
  const auto sent = as_sent(std::move(manifest), *next);
  if (!sent) co_return std::nullopt;
  const kube::Collection collection{resource->group, resource->version, resource->plural};
  const auto path = name.empty() ? kube::path_of(collection, where) : kube::path_of(collection, where, name);
  const auto answer =
      co_await session.api().ask(dry_run(path, asking(*sent, flags->plan, flags->reason), next->manager));
  if (answer) co_return read_asked(object, answer->warnings);
  auto asked = read_refused(object, answer.error());
  const auto failure = explain(answer.error(), session.server());
  if (asked.answer == AskedObject::Answer::unknown && failure.exit == Exit::unreachable) {
    co_return std::unexpected(failure);
  }
  co_return asked;
}

Task<Exit> ask(Session& session, const AskFlags* flags, std::vector<json::Value>* objects) {
  const auto next = next_command(*flags, session);
  std::vector<AskedObject> all;
  for (auto& object : *objects) {
    auto asked = co_await ask_one(session, &next, flags, std::move(object));
    if (!asked) co_return std::unexpected(asked.error());
    if (*asked) all.push_back(std::move(**asked));
  }
  print(flags->output == "json" ? ask_json(all) : ask_view(all, page_for(flags->access)));
  co_return ask_exit(all);
}

Result<std::vector<json::Value>> read_all(const std::vector<std::string>& named) {
  std::vector<json::Value> objects;
  for (const auto& each : named) {
    const auto files = files_in(each);
    if (!files) return fail(files.error());
    for (const auto& file : *files) {
      auto found = read_objects(file);
      if (!found) return fail(found.error());
      // A template of a chart may come to nothing.
      std::erase_if(*found, [](const auto& object) { return object.is_null(); });
      for (auto& object : *found) objects.push_back(std::move(object));
    }
  }
  if (objects.empty()) return fail(ErrorCode::bad_input, "there is no object in what -f names");
  if (objects.size() > kMostObjects)
    return fail(ErrorCode::bad_input, "there are more than 200 objects; ask about them in parts");
  return objects;
}

int ask_files(AskFlags& flags) {
  auto objects = read_all(flags.files);
  if (!objects) {
    complain(safe(objects.error().message()));
    return static_cast<int>(Exit::usage);
  }
  if (flags.plan.empty()) flags.plan = new_plan(flags);
  return run(flags.access, [&](Session& session) { return ask(session, &flags, &*objects); });
}

}  // namespace

void add_ask(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<AskFlags>();
  auto* const command = app.add_subcommand(
      "ask", "As an agent, ask about all objects of files at once, before the command that writes them");
  command->group(kRequestCommands);
  command
      ->add_option("-f,--filename", flags->files,
                   "Manifests in YAML or JSON: a file, or a directory of them; - is standard input. May be given again")
      ->required()
      ->allow_extra_args(false)
      ->type_name("FILE|DIR");
  command->add_option("-m,--reason", flags->reason, "Why, in your words, for whoever decides")
      ->type_name("REASON")
      ->check(
          [](const std::string& reason) {
            return reason.size() > kLongestReason ? std::string("a reason has at most 1024 bytes") : std::string();
          },
          "");
  command->add_option("--plan", flags->plan, "What to call all of it; by default a name is made up")
      ->type_name("NAME")
      ->check(why_no_plan, "");
  auto* const server_side = command->add_flag("--server-side", flags->server_side,
                                              "`kubectl apply --server-side` follows; without it, `kubectl apply`");
  command
      ->add_option("--release", flags->release,
                   "`helm install` of this release follows, or an upgrade: the files are what `helm template` prints")
      ->type_name("RELEASE")
      ->excludes(server_side);
  command
      ->add_option("--field-manager", flags->manager, "The field manager of the command that follows, if not its own")
      ->type_name("MANAGER");
  add_output(*command, flags->output, {"table", "json"}, "table or json");
  add_access(*command, flags->access, registry);
  command->footer(
      "Exit codes: 0 all that people decide about is asked, 1 something is refused or cannot be told, 2 wrong usage, 4 "
      "the API server cannot be reached or does not let you in.");
  command->callback([flags, &chosen = registry.chosen] { chosen = [flags] { return ask_files(*flags); }; });
}

}  // namespace sallyport::cli
