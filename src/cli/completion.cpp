#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace sallyport::cli {
namespace {

// Each shell asks the program itself, so that a script never knows less than the program. The last line is for kubectl.
constexpr const char* kBash = R"(# bash completion for sallyport: source <(sallyport completion bash)
__sallyport() {
  local line answer=()
  COMPREPLY=()
  while IFS= read -r line; do answer+=("$line"); done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  for line in "${answer[@]}"; do
    case $line in
      :0) compopt -o default ;;
      :*) ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done
}
complete -F __sallyport sallyport kubectl-sallyport
)";

constexpr const char* kZsh = R"(#compdef sallyport kubectl-sallyport
# zsh completion for sallyport: source <(sallyport completion zsh)
__sallyport() {
  local -a answer
  answer=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${answer[-1]} == :0 ]]; then
    _files
  else
    compadd -- "${(@)answer[1,-2]}"
  fi
}
compdef __sallyport sallyport kubectl-sallyport
)";

constexpr const char* kFish = R"(# fish completion for sallyport: sallyport completion fish | source
function __sallyport
    set -l words (commandline -opc) (commandline -ct)
    set -l answer ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test "$answer[-1]" = :0
        __fish_complete_path $words[-1]
    else
        string match -v ':*' -- $answer
    end
end
complete -c sallyport -f -a '(__sallyport)'
complete -c kubectl-sallyport -f -a '(__sallyport)'
)";

int print_script(const std::string& shell) {
  print(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
  return static_cast<int>(Exit::done);
}

}  // namespace

void add_completion(CLI::App& app, const Registry& registry) {
  const auto shell = std::make_shared<std::string>();
  auto* const command = app.add_subcommand("completion", "Print a script that completes commands and names in a shell");
  command->group(kOwnCommands);
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("");
  command->footer(
      "For `kubectl sallyport` itself: a link named kubectl_complete-sallyport to this program, in the PATH.");
  command->callback([shell, &chosen = registry.chosen] { chosen = [shell] { return print_script(*shell); }; });
}

}  // namespace sallyport::cli
