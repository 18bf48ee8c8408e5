#include "cli/complete.hpp"

#include <filesystem>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/ink.hpp"
#include "cli/requests.hpp"
#include "kube/kubeconfig.hpp"
#include "kube/paths.hpp"

namespace sallyport::cli {
namespace {

using Of = Completion::Of;
using Words = std::vector<std::string>;

Words command_names(const CLI::App& app) {
  Words names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); })) {
    names.push_back(command->get_name());
  }
  return names;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&name](const CLI::App* each) { return each->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

Words option_names(const CLI::App& command) {
  Words names;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// The words that an option or argument takes, out of "FORMAT:{a,b}"; none: it takes any.
Words words_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{');
  const auto close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

const CLI::Option* find_option(const CLI::App& command, const std::string& word) {
  if (!word.starts_with('-')) return nullptr;
  for (const CLI::Option* option : command.get_options()) {
    if (option->check_name(word)) return option;
  }
  return nullptr;
}

bool takes_value(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_max() > 0;
}

bool names_files(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.contains("FILE") || type.contains("DIR");
}

void note_access(Completion& completion, const CLI::Option& option, const std::string& value) {
  if (option.check_name("--namespace")) completion.namespace_name = value;
  if (option.check_name("--context")) completion.context = value;
  if (option.check_name("--kubeconfig")) completion.kubeconfig = value;
}

void complete_value(Completion& completion, const CLI::Option& option) {
  completion.words = words_of(option);
  if (!completion.words.empty()) completion.of = Of::words;
  if (option.check_name("--namespace")) completion.of = Of::namespaces;
  if (option.check_name("--context")) completion.of = Of::contexts;
  if (names_files(option)) completion.of = Of::files;
  if (option.check_name("--agent")) completion.of = Of::agents;
}

// Those that the command can do something with.
std::string state_for(const std::string& command) {
  if (command == "approve" || command == "deny" || command == "withdraw") return "Pending";
  return command == "revoke" ? "Approved" : "";
}

void complete_argument(Completion& completion, const CLI::App& command, std::size_t given) {
  std::size_t position = 0;
  for (const CLI::Option* option :
       command.get_options([](const CLI::Option* each) { return each->get_positional(); })) {
    if (position++ != given && option->get_items_expected_max() == 1) continue;
    if (names_files(*option)) {
      completion.of = Of::files;
      return;
    }
    completion.words = words_of(*option);
    completion.of = completion.words.empty() ? Of::names : Of::words;
    completion.state = state_for(command.get_name());
  }
}

Access access_of(const Completion& completion, const Machine& machine) {
  return {.machine = &machine,
          .kubeconfig = completion.kubeconfig,
          .context = completion.context,
          .namespace_name = completion.namespace_name};
}

Task<Exit> find_names(Session& session, const Completion* completion, Words* names) {
  const std::string selector = completion->state.empty() ? "" : "status.state=" + completion->state;
  const bool all = completion->of == Of::agents;
  const auto objects = co_await fetch_requests(session, all ? "" : session.namespace_name(), selector);
  if (!objects) co_return std::unexpected(objects.error());
  for (const auto& object : *objects) {
    names->emplace_back(all ? object["spec"]["requester"]["agent"].text() : object["metadata"]["name"].text());
  }
  co_return Exit::done;
}

Task<Exit> find_namespaces(Session& session, Words* names) {
  const auto list = co_await session.api().send(kube::get(kube::path_of(kube::kNamespaces)));
  if (list) {
    for (const auto& each : (*list)["items"].items()) names->emplace_back(each["metadata"]["name"].text());
    co_return Exit::done;
  }
  // Who may not list namespaces may know those that have requests.
  const auto objects = co_await fetch_requests(session, "", "");
  if (!objects) co_return std::unexpected(objects.error());
  for (const auto& each : *objects) names->emplace_back(each["metadata"]["namespace"].text());
  co_return Exit::done;
}

Words candidates(const Completion& completion, const Machine& machine) {
  Words found = completion.words;
  if (completion.of == Of::contexts) found = kube::context_names(kubeconfig_files(completion.kubeconfig));
  if (completion.of == Of::names || completion.of == Of::agents) {
    run_silently(access_of(completion, machine),
                 [&](Session& session) { return find_names(session, &completion, &found); });
  }
  if (completion.of == Of::namespaces) {
    run_silently(access_of(completion, machine), [&](Session& session) { return find_namespaces(session, &found); });
  }
  return found;
}

}  // namespace

std::optional<Words> words_to_complete(const std::string& called, const Words& arguments) {
  if (std::filesystem::path(called).filename() == "kubectl_complete-sallyport") return arguments;
  if (arguments.empty() || arguments.front() != "__complete") return std::nullopt;
  return Words(arguments.begin() + 1, arguments.end());
}

Completion complete(const CLI::App& app, const Words& words) {
  Completion completion;
  completion.typed = words.empty() ? "" : words.back();
  const CLI::App* command = nullptr;
  const CLI::Option* awaiting = nullptr;  // its value comes next
  std::size_t arguments = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (command == nullptr) {
      command = find_command(app, words[i]);
      if (command == nullptr) return completion;
    } else if (awaiting != nullptr && words[i] == "=") {
      continue;  // bash takes --context=prod for three words
    } else if (awaiting != nullptr) {
      note_access(completion, *std::exchange(awaiting, nullptr), words[i]);
    } else if (const auto equals = words[i].find('='); words[i].starts_with("--") && equals != std::string::npos) {
      const auto* const option = find_option(*command, words[i].substr(0, equals));
      if (option != nullptr) note_access(completion, *option, words[i].substr(equals + 1));
    } else if (words[i].starts_with('-')) {
      const auto* const option = find_option(*command, words[i]);
      if (takes_value(option)) awaiting = option;
    } else if (const auto* inner = find_command(*command, words[i]); inner != nullptr && arguments == 0) {
      command = inner;
    } else {
      ++arguments;
    }
  }
  if (command == nullptr || (awaiting == nullptr && !command_names(*command).empty())) {
    completion.of = Of::words;
    completion.words = command_names(command == nullptr ? app : *command);
  } else if (awaiting != nullptr) {
    complete_value(completion, *awaiting);
  } else if (completion.typed.starts_with('-')) {
    completion.of = Of::words;
    completion.words = option_names(*command);
  } else {
    complete_argument(completion, *command, arguments);
  }
  return completion;
}

int print_completions(const CLI::App& app, const Words& words, const Machine& machine) {
  const Completion completion = complete(app, words);
  std::set<std::string> lines;
  for (const auto& candidate : candidates(completion, machine)) {
    if (candidate.starts_with(completion.typed)) lines.insert(safe(candidate));
  }
  for (const auto& line : lines) print(line + "\n");
  print(completion.of == Of::files ? ":0\n" : ":4\n");
  return static_cast<int>(Exit::done);
}

}  // namespace sallyport::cli
