#pragma once

#include "base/instant.hpp"
#include "base/machine.hpp"
#include "serve/config.hpp"

namespace sallyport::doctor {

struct Options {
  bool as_json = false;
  // Tries again until all is well, for so long: what was installed just now takes a moment.
  Duration within{};
};

// Looks at an installation from outside, as any client of the API server, changes nothing, and tells on stdout what is
// well, what is not and what to do. The process's exit code: 0 all is well, 1 something is not.
[[nodiscard]] int run(const serve::Config& config, const Options& options, const Machine& machine);

}  // namespace sallyport::doctor
