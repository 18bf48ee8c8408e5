#pragma once

#include "base/machine.hpp"
#include "serve/config.hpp"

namespace sallyport::serve {

// Runs one replica until SIGTERM or SIGINT. Returns the process's exit code: 0 after an orderly end, 1 if it could not
// start or must not go on; the reason stands in the operating log (stderr).
[[nodiscard]] int run(Config config, const Machine& machine);

}  // namespace sallyport::serve
