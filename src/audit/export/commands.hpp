#pragma once

#include "base/registry.hpp"

namespace sallyport::audit {

// `log export`. Its exit codes: 0 exported; 1 exported, and the log is broken; 2 wrong usage; 3 not all could be read,
// or nothing could be written.
void add_export(CLI::App& log, const Registry& registry);

}  // namespace sallyport::audit
