#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/list_view.hpp"
#include "cli/plain_data.hpp"
#include "cli/requests.hpp"
#include "policy/evaluate.hpp"

namespace sallyport::cli {
namespace {

struct ListFlags {
  Access access;
  bool all_namespaces = false;
  bool mine = false;
  std::string agent;
  std::string output = "table";
  bool watch = false;
};

// Theirs are what a person asked for, and what they may be asked to decide.
bool concerns(const model::ApprovalRequest& request, const model::User& user) {
  return request.spec.requester.user.username == user.username ||
         !policy::satisfies(request.spec.policies, user).empty();
}

// Which requests are shown, and how.
class Lister {
 public:
  // An empty namespace stands for all of them.
  Lister(const ListFlags& flags, std::string namespace_name, std::optional<model::User> self)
      : flags_(flags),
        namespace_(std::move(namespace_name)),
        self_(std::move(self)),
        view_(flags.output == "wide" ? Columns::wide : Columns::usual, flags.all_namespaces) {}

  // Kept for the table, if it is to be shown.
  void add(json::Value object) {
    if (auto found = read(std::move(object))) found_.push_back(std::move(*found));
  }

  void print_all() {
    std::vector<model::ApprovalRequest> requests;
    requests.reserve(found_.size());
    for (const auto& each : found_) requests.push_back(each.request);
    sort_for_people(requests);
    if (is_table()) {
      if (requests.empty()) return say_none();
      print(view_.table(requests, page_for(flags_.access)));
    } else if (flags_.output == "name") {
      for (const auto& each : requests) print(name_line(each));
    } else {
      print_data(in_order(requests));
    }
  }

  // One more, as it happens.
  void print_one(json::Value object) {
    const auto found = read(std::move(object));
    if (!found) return;
    if (is_table())
      print(view_.row(found->request, page_for(flags_.access)));
    else if (flags_.output == "name")
      print(name_line(found->request));
    else
      print((flags_.output == "yaml" ? "---\n" + to_yaml(found->object) : to_json(found->object)));
  }

 private:
  [[nodiscard]] bool is_table() const { return flags_.output == "table" || flags_.output == "wide"; }

  [[nodiscard]] std::optional<Found> read(json::Value object) const {
    auto found = read_found(std::move(object));
    if (!found) {
      complain(found.error().sentence);
      return std::nullopt;
    }
    const bool shown = (!self_ || concerns(found->request, *self_)) &&
                       (flags_.agent.empty() || found->request.spec.requester.agent == flags_.agent);
    return shown ? std::optional(std::move(*found)) : std::nullopt;
  }

  // The objects in the order of these requests.
  json::Value in_order(const std::vector<model::ApprovalRequest>& requests) {
    json::Value items = json::Value::array();
    for (const auto& request : requests) {
      const auto found =
          std::ranges::find_if(found_, [&](const Found& each) { return each.request.uid == request.uid; });
      items.push(std::move(found->object));
    }
    return items;
  }

  void print_data(json::Value items) const {
    const json::Value list =
        json::Value::object().set("apiVersion", "v1").set("kind", "List").set("items", std::move(items));
    print(flags_.output == "yaml" ? to_yaml(list) : to_json(list));
  }

  static std::string name_line(const model::ApprovalRequest& request) {
    return "approvalrequest.sallyport.dev/" + safe(request.key.name) + "\n";
  }

  void say_none() const {
    const std::string where = namespace_.empty() ? "any namespace" : "namespace " + safe(namespace_);
    std::fprintf(stderr, "no approvalrequests in %s%s\n", where.c_str(), flags_.watch ? " yet" : "");
  }

  const ListFlags& flags_;
  std::string namespace_;
  std::optional<model::User> self_;
  ListView view_;
  std::vector<Found> found_;
};

Task<Exit> watch(Session& session, std::string namespace_name, Lister* lister) {
  bool listed = false;
  const auto on_news = [&listed, lister](News news, json::Value object) {
    if (news == News::gone) return true;
    if (listed)
      lister->print_one(std::move(object));
    else
      lister->add(std::move(object));
    return true;
  };
  const auto on_listed = [&listed, lister] {
    listed = true;
    lister->print_all();
    return true;
  };
  co_return co_await follow(session, {.namespace_name = std::move(namespace_name)}, on_news, on_listed);
}

Task<Exit> list(Session& session, const ListFlags* flags) {
  std::optional<model::User> self;
  if (flags->mine) {
    auto user = co_await fetch_self(session);
    if (!user) co_return std::unexpected(user.error());
    self = std::move(*user);
  }
  const std::string namespace_name = flags->all_namespaces ? "" : session.namespace_name();
  Lister lister(*flags, namespace_name, std::move(self));
  if (flags->watch) co_return co_await watch(session, namespace_name, &lister);
  auto objects = co_await fetch_requests(session, namespace_name, "");
  if (!objects) co_return std::unexpected(objects.error());
  for (auto& object : *objects) lister.add(std::move(object));
  lister.print_all();
  co_return Exit::done;
}

}  // namespace

void add_list(CLI::App& app, const Registry& registry) {
  const auto flags = std::make_shared<ListFlags>();
  auto* const command = app.add_subcommand("list", "List requests: what waits for a decision first");
  command->group(kRequestCommands);
  command->add_flag("-A,--all-namespaces", flags->all_namespaces, "Those of all namespaces");
  command->add_flag("--mine", flags->mine,
                    "Only what you asked for, or what a policy names you or a group of yours for");
  command->add_option("--agent", flags->agent, "Only those of this agent")->type_name("AGENT");
  add_output(*command, flags->output, {"table", "wide", "json", "yaml", "name"}, "table, wide, json, yaml or name");
  command->add_flag("-w,--watch", flags->watch, "Then print each change as it happens, until Ctrl-C");
  add_access(*command, flags->access, registry);
  command->callback([flags, &chosen = registry.chosen] {
    chosen = [flags] { return run(flags->access, [&](Session& session) { return list(session, flags.get()); }); };
  });
}

}  // namespace sallyport::cli
