#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace sallyport::cli {
namespace {

constexpr const char* kHead = R"(# kubectl sallyport

<!-- made by `sallyport __docs` -->

See, decide and understand approval requests from a terminal. Install the program `sallyport` as `kubectl-sallyport` in your
PATH, and kubectl finds it; `sallyport` alone takes the same commands. It needs nothing in the cluster but the API server, uses
your kubeconfig as kubectl does (contexts, client certificates, tokens, exec plugins), and decides by the same patch of
`spec.decision` that `kubectl patch` sends. An HTTP proxy is taken from the kubeconfig's `proxy-url`, else from `HTTPS_PROXY` and
`NO_PROXY`, and asked by CONNECT; other proxies are refused.

)";

std::string in_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string option_names(const CLI::Option& option) {
  std::string names;
  for (const auto& name : option.get_snames()) names += (names.empty() ? "`-" : ", `-") + name + "`";
  for (const auto& name : option.get_lnames()) names += (names.empty() ? "`--" : ", `--") + name + "`";
  const std::string type = option.get_type_name();
  const bool takes_value = option.get_items_expected_max() > 0;
  return takes_value && !type.empty() ? names + " " + type.substr(0, type.find_first_of(": ")) : names;
}

std::string usage(const CLI::App& command, const std::string& name) {
  std::string line = "kubectl sallyport " + name;
  for (const CLI::Option* argument : command.get_options([](const auto* each) { return each->get_positional(); })) {
    line += " " + argument->get_name(true);
  }
  return line + " [OPTIONS]";
}

std::string row(const CLI::Option& option) {
  const std::string name = option.get_positional() ? "`" + option.get_name(true) + "`" : option_names(option);
  return "| " + in_cell(name) + " | " + in_cell(option.get_description()) + " |\n";
}

// Where they are not those of all commands.
std::string own_exit_codes(const CLI::App& command) {
  const std::string footer = command.get_footer();
  return footer.contains("Exit codes:") && footer != kExitCodes ? footer + "\n\n" : "";
}

// `name`: with what it is a part of, as in "policy test".
std::string section(const CLI::App& command, const std::string& name) {
  const auto parts = command.get_subcommands({});
  std::string sections;
  for (const CLI::App* part : parts) sections += section(*part, name + " " + part->get_name());
  if (!parts.empty()) return sections;
  std::string rows;
  for (const CLI::Option* option : command.get_options()) {
    const std::string& group = option->get_group();
    if (!group.empty() && group != kAccessOptions && !option->check_name("--help")) rows += row(*option);
  }
  return "### " + name + "\n\n" + command.get_description() + ".\n\n```sh\n" + usage(command, name) + "\n```\n\n" +
         (rows.empty() ? "" : "| | |\n|---|---|\n" + rows + "\n") + own_exit_codes(command);
}

// What all commands have that ask the cluster.
std::string access_section(const CLI::App& command) {
  std::string text = "## Options of every command that asks the cluster\n\n| | |\n|---|---|\n";
  for (const CLI::Option* option :
       command.get_options([](const CLI::Option* each) { return each->get_group() == kAccessOptions; })) {
    text += row(*option);
  }
  return text;
}

std::string reference(const CLI::App& app) {
  std::string text = kHead;
  text += app.get_footer() + "\n";
  for (const char* group :
       {kRequestCommands, kPolicyCommands, kInstallationCommands, kLogCommands, kKeysCommands, kOwnCommands}) {
    text += "\n## " + std::string(group) + "\n\n";
    for (const CLI::App* command :
         app.get_subcommands([group](const CLI::App* each) { return each->get_group() == group; })) {
      text += section(*command, command->get_name());
    }
    text.pop_back();
  }
  return text + "\n" + access_section(*app.get_subcommand("list"));
}

}  // namespace

void add_docs(CLI::App& app, const Registry& registry) {
  auto* const command = app.add_subcommand("__docs", "Print docs/cli.md");
  command->group("");
  command->callback([&app, &chosen = registry.chosen] {
    chosen = [&app] {
      print(reference(app));
      return static_cast<int>(Exit::done);
    };
  });
}

}  // namespace sallyport::cli
