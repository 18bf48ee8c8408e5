#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

// `kubectl sallyport`: what people and agents do with requests, from a terminal or a script.
namespace sallyport::cli {

// How the program was called.
struct Program {
  std::string name;  // "sallyport", or "kubectl sallyport" where kubectl runs it as its plugin
  std::string version;
};

// From argv[0].
[[nodiscard]] Program program_of(const std::string& called, std::string version);

// What the parsed command line asks for; gives the exit code.
using Chosen = std::function<int()>;

// Adds the subcommands; parsing sets `chosen`, which outlives the app.
void add_commands(CLI::App& app, const Program& program, Chosen& chosen);

// The exit code for a command line that is help, or wrong; says why, and what may have been meant.
[[nodiscard]] int explain_usage(const CLI::App& app, const CLI::ParseError& error,
                                const std::vector<std::string>& arguments);

}  // namespace sallyport::cli
