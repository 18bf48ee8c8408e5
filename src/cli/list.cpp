#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/list_view.hpp"
#include "cli/plain_data.hpp"
#include "cli/requests.hpp"
#include "cli/selection.hpp"
#include "policy/evaluate.hpp"

namespace sallyport::cli {
namespace {

struct ListFlags {
  Access access;
  bool all_namespaces = false;
  bool mine = false;
  Selection selection;
  std::string sort;
  std::string output = "table";
  bool watch = false;
};

// Theirs are what a person asked for, and what they may be asked to decide.
bool concerns(const model::ApprovalRequest& request, const model::User& user) {
  return request.spec.requester.user.username == user.username ||
         !policy::satisfies(request.spec.policies, user).empty();
}

// Of what has ended, where nothing else is asked for: the log and `--state ended` have the rest.
constexpr std::size_t kMostEnded = 10;

// Which requests are shown, and how.
class Lister {
 public:
  // An empty namespace stands for all of them.
  Lister(const ListFlags& flags, std::string namespace_name, std::optional<model::User> self)
      : flags_(flags),
        self_(std::move(self)),
        style_{.columns = flags.output == "wide" ? Columns::wide : Columns::usual,
               .namespace_name = std::move(namespace_name),
               .most_ended = flags.selection.states.empty() ? kMostEnded : std::string::npos},
        names_(flags.all_namespaces) {}

  // Kept for the table, if it is to be shown.
  void add(json::Value object) {
    auto found = read(std::move(object));
    if (!found) return;
    news_.note(found->request);
    if (is_shown(found->request)) found_.push_back(std::move(*found));
  }

  void print_all() {
    std::vector<model::ApprovalRequest> requests;
    requests.reserve(found_.size());
    for (const auto& each : found_) requests.push_back(each.request);
    sort_for_people(requests, flags_.sort);
    if (is_table()) {
      if (requests.empty()) return say_none();
      print(list_view(requests, names_, style_, page_for(flags_.access)));
    } else if (flags_.output == "name") {
      for (const auto& each : requests) print(name_line(each));
    } else {
      print_data(in_order(requests));
    }
  }

  // One more, as it happens.
  void print_one(json::Value object) {
    const auto found = read(std::move(object));
    if (!found || !is_shown(found->request)) return;
    const std::string line = news_.line(found->request, names_, style_, page_for(flags_.access));
    if (is_table())
      print(line);
    else if (flags_.output == "name")
      print(line.empty() ? "" : name_line(found->request));
    else
      print((flags_.output == "yaml" ? "---\n" + to_yaml(found->object) : to_json(found->object)));
  }

 private:
  [[nodiscard]] bool is_table() const { return flags_.output == "table" || flags_.output == "wide"; }

  [[nodiscard]] std::optional<Found> read(json::Value object) {
    auto found = read_found(std::move(object));
    if (!found) {
      complain(found.error().sentence);
      return std::nullopt;
    }
    names_.add(found->request.key);
    return std::move(*found);
  }

  [[nodiscard]] bool is_shown(const model::ApprovalRequest& request) const {
    return (!self_ || concerns(request, *self_)) &&
           is_selected(request, flags_.selection, flags_.access.machine->clock.now());
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
    const std::string& name = style_.namespace_name;
    const std::string where = name.empty() ? "any namespace" : "namespace " + safe(name);
    const bool chosen = self_ || !flags_.selection.empty();
    std::fprintf(stderr, "no %sapprovalrequests in %s%s\n", chosen ? "such " : "", where.c_str(),
                 flags_.watch ? " yet" : "");
  }

  const ListFlags& flags_;
  std::optional<model::User> self_;
  ListStyle style_;
  ListedNames names_;
  NewsView news_;
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
  add_selection(*command, flags->selection, States::any);
  add_order(*command, flags->sort);
  add_output(*command, flags->output, {"table", "wide", "json", "yaml", "name"}, "table, wide, json, yaml or name");
  command->add_flag("-w,--watch", flags->watch, "Then print each change as it happens, until Ctrl-C");
  add_access(*command, flags->access, registry);
  command->callback([flags, &chosen = registry.chosen] {
    chosen = [flags] { return run(flags->access, [&](Session& session) { return list(session, flags.get()); }); };
  });
}

}  // namespace sallyport::cli
