#pragma once

#include <functional>
#include <string>

#include "base/machine.hpp"

namespace CLI {
class App;
}

namespace sallyport {

// How the program was called.
struct Program {
  std::string name;  // "sallyport", or "kubectl sallyport" where kubectl runs it as its plugin
  std::string version;
};

// What the parsed command line asks for; gives the exit code.
using Chosen = std::function<int()>;

// What every subcommand is added with, by the folder that it belongs to. Parsing sets `chosen`, which outlives the app.
struct Registry {
  Program program;
  const Machine& machine;
  Chosen& chosen;
};

}  // namespace sallyport
