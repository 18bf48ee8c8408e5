#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/machine.hpp"

namespace CLI {
class App;
}

namespace sallyport::cli {

// What a shell asks for: the words after the program's name, the last of them the one that is being typed.
struct Completion {
  enum class Of { nothing, words, names, namespaces, contexts, agents, files };
  Of of = Of::nothing;
  std::vector<std::string> words;  // of `words`
  std::string state;               // of `names`: only requests in this state; "" for all
  std::string typed;               // what each candidate begins with
  std::string kubeconfig;          // as the words before say
  std::string context;
  std::string namespace_name;
};

// The words, where a shell asks: after `__complete`, or as kubectl calls a link named kubectl_complete-sallyport.
[[nodiscard]] std::optional<std::vector<std::string>> words_to_complete(const std::string& called,
                                                                        const std::vector<std::string>& arguments);

// What may stand there, by the definitions of the commands alone.
[[nodiscard]] Completion complete(const CLI::App& app, const std::vector<std::string>& words);

// Prints the candidates, asking the cluster where they are names, and a last line as kubectl wants it of its plugins:
// ":4" where these are all, ":0" where it shall offer files.
int print_completions(const CLI::App& app, const std::vector<std::string>& words, const Machine& machine);

}  // namespace sallyport::cli
