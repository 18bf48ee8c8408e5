#include "cli/app.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/ink.hpp"
#include "cli/near_names.hpp"

namespace sallyport::cli {
namespace {

bool is_command(const std::string& word) {
  return !word.empty() && !word.starts_with('-');
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// CLI11 may say it in several lines.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// What was not expected: an option that is none, or one argument too many.
std::string extra_words(const CLI::App& command) {
  const auto extra = command.remaining();
  for (const auto& word : extra) {
    if (word.starts_with('-')) return "there is no option " + safe(word) + did_you_mean(word, option_names(command));
  }
  return extra.empty() ? "" : "unexpected argument " + safe(extra.front());
}

// Of the commands that were named, "log verify" say, the innermost, and the whole of its name.
struct Named {
  const CLI::App* command;
  std::string name;
};

Named innermost(const CLI::App& app) {
  Named named{&app, app.get_name()};
  for (auto parsed = app.get_subcommands(); !parsed.empty(); parsed = named.command->get_subcommands()) {
    named = {parsed.front(), named.name + " " + parsed.front()->get_name()};
  }
  return named;
}

}  // namespace

Program program_of(const std::string& called, std::string version) {
  const bool is_plugin = std::filesystem::path(called).filename() == "kubectl-sallyport";
  return {is_plugin ? "kubectl sallyport" : "sallyport", std::move(version)};
}

void add_commands(CLI::App& app, const Registry& registry, RequestInLogs request_in_logs) {
  add_list(app, registry);
  add_show(app, registry, request_in_logs);
  add_decisions(app, registry);
  add_wait(app, registry);
  add_why(app, registry, request_in_logs);
  add_ask(app, registry);
  add_check(app, registry);
  add_policy(app, registry);
  add_keys(app, registry);
  add_version(app, registry);
  add_completion(app, registry);
  add_docs(app, registry);
  app.footer(kExitCodes);
}

int explain_usage(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const auto [command, name] = innermost(app);
  if (command != &app) {
    const std::string extra = extra_words(*command);
    const std::string help = "; see " + name + " --help";
    complain(extra.empty() ? safe(first_line(error.what())) + help : extra);
  } else if (!arguments.empty() && is_command(arguments.front())) {
    complain("there is no command " + safe(arguments.front()) + did_you_mean(arguments.front(), command_names(app)));
  } else {
    complain("a command is missing; see " + app.get_name() + " --help");
  }
  return static_cast<int>(Exit::usage);
}

void add_policy(CLI::App& app, const Registry& registry) {
  auto* const command = app.add_subcommand("policy", "Check and try policies");
  command->group(kPolicyCommands);
  command->require_subcommand(1);
  add_policy_lint(*command, registry);
  add_policy_test(*command, registry);
}

void add_access(CLI::App& command, Access& access, const Registry& registry) {
  access.machine = &registry.machine;
  access.program = registry.program.name;
  access.version = registry.program.version;
  const auto add = [&](const char* names, std::string& value, const char* description, const char* type) {
    command.add_option(names, value, description)->type_name(type)->group(kAccessOptions);
  };
  add("-n,--namespace", access.namespace_name, "Namespace, instead of the context's", "NAMESPACE");
  add("--context", access.context, "Context of the kubeconfig, instead of the current one", "CONTEXT");
  add("--kubeconfig", access.kubeconfig, "The kubeconfig, instead of those in $KUBECONFIG, or ~/.kube/config", "FILE");
  command.add_flag("--no-color", access.no_color, "No colours; there are none in a pipe or with $NO_COLOR, either")
      ->group(kAccessOptions);
  // Impersonation hides who decides. An empty group keeps them out of --help.
  command.add_option("--as,--as-group,--as-uid,--as-user-extra", access.as)->group("");
  command.footer(kExitCodes);
}

void add_name(CLI::App& command, std::string& name) {
  command.add_option("NAME", name, kNameWords)->required()->type_name("");
}

void add_output(CLI::App& command, std::string& output, const std::vector<std::string>& words,
                const std::string& description) {
  command.add_option("-o,--output", output, description)->check(CLI::IsMember(words))->type_name("FORMAT");
}

}  // namespace sallyport::cli
