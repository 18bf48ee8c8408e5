#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/next_step.hpp"
#include "cli/plain_data.hpp"
#include "cli/request_names.hpp"
#include "cli/requests.hpp"
#include "cli/show_view.hpp"
#include "cli/why_view.hpp"
#include "cli/words.hpp"
#include "wire/refusal.hpp"

namespace sallyport::cli {
namespace {

struct ShowFlags {
  Access access;
  std::string name;               // of `why --as-agent`, a refusal's text
  std::vector<std::string> logs;  // where to look instead of in the cluster
  bool as_agent = false;
  std::string output = "screen";
  bool full = false;
};

std::string hint(const model::ApprovalRequest& request, const Page& page) {
  if (request.status.state != model::State::pending) return "";
  const std::string where = safe(request.key.name) + " -n " + safe(request.key.namespace_name);
  return page.ink(Colour::dim, "To decide: " + page.program + " approve " + where + ", or deny, with -m COMMENT") +
         "\n";
}

// All of a plan, one below the other.
void print_plan(std::vector<Found> plan, const ShowFlags& flags) {
  if (flags.output == "screen") {
    const Page page = page_for(flags.access);
    for (const auto& each : plan) {
      print(show_view(each.request, page, flags.full ? Detail::everything : Detail::one_screen) + "\n");
    }
    const auto& name = plan.front().request.spec.plan;
    return print(page.ink(Colour::dim, "Plan " + safe(name) + ": " + count_words(plan.size(), "request") +
                                           ". To decide: " + page.program + " approve --plan " + safe(name) +
                                           ", or deny, or one of them by its name; with -m COMMENT") +
                 "\n");
  }
  auto items = json::Value::array();
  for (auto& each : plan) items.push(std::move(each.object));
  const auto list = json::Value::object().set("apiVersion", "v1").set("kind", "List").set("items", std::move(items));
  print(flags.output == "json" ? to_json(list) : to_yaml(list));
}

Task<std::vector<Found>> find_plan(Session& session, std::string name) {
  auto objects = co_await fetch_plan(session, std::move(name));
  if (!objects) co_return std::unexpected(objects.error());
  std::vector<Found> plan;
  for (auto& object : *objects) {
    auto found = read_found(std::move(object));
    if (!found) co_return std::unexpected(found.error());
    plan.push_back(std::move(*found));
  }
  co_return plan;
}

// It may have been deleted.
Failure with_hint(Failure failure) {
  const bool names_another = failure.sentence.contains(';') || failure.sentence.contains(": ");
  if (failure.sentence.starts_with("no approvalrequest") && !names_another)
    failure.sentence += ". Of one that was deleted a log still tells: --logs DIR";
  return failure;
}

Task<Exit> show(Session& session, const ShowFlags* flags) {
  const auto found = co_await fetch_request(session, session.key_of(flags->name));
  if (!found && found.error().exit == Exit::refused) {
    auto plan = co_await find_plan(session, flags->name);
    if (plan && !plan->empty()) {
      print_plan(std::move(*plan), *flags);
      co_return Exit::done;
    }
  }
  if (!found) co_return std::unexpected(with_hint(found.error()));
  const Page page = page_for(flags->access);
  if (flags->output == "json")
    print(to_json(found->object));
  else if (flags->output == "yaml")
    print(to_yaml(found->object));
  else
    print(show_view(found->request, page, flags->full ? Detail::everything : Detail::one_screen) +
          hint(found->request, page));
  co_return Exit::done;
}

Task<Exit> why(Session& session, const ShowFlags* flags) {
  const auto found = co_await fetch_request(session, session.key_of(flags->name));
  if (!found) co_return std::unexpected(with_hint(found.error()));
  print(why_view(found->request, page_for(flags->access)));
  co_return Exit::done;
}

// Of a request that is in the cluster no more.
int from_logs(const ShowFlags& flags, RequestInLogs request_in_logs,
              const std::function<std::string(const model::ApprovalRequest&, const Page&)>& view) {
  std::string name(without_kind(flags.name));
  if (!name.contains('/') && !flags.access.namespace_name.empty()) name = flags.access.namespace_name + "/" + name;
  const auto request = request_in_logs(flags.logs, name);
  if (!request) {
    complain(safe(request.error().message()));
    return static_cast<int>(request.error().code() == ErrorCode::unavailable ? Exit::unreachable : Exit::refused);
  }
  const Page page = page_for(flags.access);
  print(view(*request, page) +
        page.ink(Colour::dim, "As the log tells it. Whether the log is whole, `sallyport log verify` says.") + "\n");
  return static_cast<int>(Exit::done);
}

void add_logs(CLI::App& command, std::vector<std::string>& logs) {
  command
      .add_option("--logs", logs,
                  "Of a request that was deleted: look in these files of logs, or directories with some, and not in "
                  "the cluster; may be given again")
      ->type_name("DIR|FILE")
      ->allow_extra_args(false);
}

Task<Exit> next_step_of(Session& session, const ShowFlags* flags, const wire::Refusal* refusal) {
  const auto found = co_await fetch_request(session, session.key_of(refusal->request));
  if (!found) co_return std::unexpected(found.error());
  print("\n" + next_step_view(found->request, page_for(flags->access)));
  co_return Exit::done;
}

// Of a refusal's text: an argument, or what comes from standard input.
int why_as_agent(const ShowFlags& flags) {
  const auto text = flags.name.empty() || flags.name == "-" ? read_text("-") : Result<std::string>(flags.name);
  const auto refusal = text ? wire::read_refusal(*text) : std::nullopt;
  if (!refusal) {
    complain(text ? "there is no refusal of Sallyport's in this text: one ends with [code=...]"
                  : "standard input " + safe(text.error().message()));
    return static_cast<int>(Exit::usage);
  }
  // It says something even where the request cannot be read.
  print(refusal_view(*refusal, page_for(flags.access)));
  if (refusal->request.empty()) return static_cast<int>(Exit::done);
  return run(flags.access, [&](Session& session) { return next_step_of(session, &flags, &*refusal); });
}

}  // namespace

void add_show(CLI::App& app, const Registry& registry, RequestInLogs request_in_logs) {
  const auto flags = std::make_shared<ShowFlags>();
  auto* const command = app.add_subcommand(
      "show", "Show a request, or all of a plan: who wants what, the difference, why, whom it waits for, when it ends");
  command->group(kRequestCommands);
  command->add_option("NAME", flags->name, std::string(kNameWords) + "; or a plan's name, which `ask` prints")
      ->type_name("")
      ->required();
  command->add_flag("--full", flags->full, "The whole difference, however long");
  add_output(*command, flags->output, {"screen", "json", "yaml"}, "screen, json or yaml");
  add_logs(*command, flags->logs);
  add_access(*command, flags->access, registry);
  command->callback([flags, request_in_logs, &chosen = registry.chosen] {
    if (!flags->logs.empty() && flags->output != "screen")
      throw CLI::ValidationError("--logs",
                                 "shows a screen; the log's own lines are what `sallyport log show -o json` prints");
    chosen = [flags, request_in_logs] {
      if (!flags->logs.empty()) {
        return from_logs(*flags, request_in_logs, [&](const auto& request, const Page& page) {
          return show_view(request, page, flags->full ? Detail::everything : Detail::one_screen);
        });
      }
      return run(flags->access, [&](Session& session) { return show(session, flags.get()); });
    };
  });
}

void add_why(CLI::App& app, const Registry& registry, RequestInLogs request_in_logs) {
  const auto flags = std::make_shared<ShowFlags>();
  auto* const command = app.add_subcommand(
      "why", "Explain a decision: the policies, what each review counted for, the log's records, the uses");
  command->group(kRequestCommands);
  command
      ->add_option(
          "NAME", flags->name,
          std::string(kNameWords) + "; with --as-agent, a refusal's text, or none to read it from standard input")
      ->type_name("");
  command->add_flag("--as-agent", flags->as_agent,
                    "Explain a refusal to whoever was refused: which request it is about, how that stands, what to do");
  add_logs(*command, flags->logs);
  add_access(*command, flags->access, registry);
  command->callback([flags, request_in_logs, &chosen = registry.chosen] {
    if (flags->name.empty() && !flags->as_agent) throw CLI::RequiredError("NAME");
    chosen = [flags, request_in_logs] {
      if (flags->as_agent) return why_as_agent(*flags);
      if (!flags->logs.empty()) return from_logs(*flags, request_in_logs, why_view);
      return run(flags->access, [&](Session& session) { return why(session, flags.get()); });
    };
  });
}

}  // namespace sallyport::cli
