#pragma once

#include "base/registry.hpp"

// The commands that read logs. Their exit codes: 0 clean or shown, 1 broken, 2 wrong usage, 3 something could not be
// read.
namespace sallyport::audit {

// `log`, with what is here, and `policy report`, in the `policy` that is there already.
void add_commands(CLI::App& app, const Registry& registry);

void add_verify(CLI::App& log, const Registry& registry);
void add_show(CLI::App& log, const Registry& registry);
void add_tail(CLI::App& log, const Registry& registry);
// What Warn and Audit policies would have asked for.
void add_report(CLI::App& policy, const Registry& registry);

}  // namespace sallyport::audit
