#include "audit/commands.hpp"

#include <CLI/CLI.hpp>

namespace sallyport::audit {

void add_commands(CLI::App& app, const Registry& registry) {
  auto* const log = app.add_subcommand("log", "Check, read, export and forward the logs of what was decided");
  log->group("Logs");
  log->require_subcommand(1);
  add_verify(*log, registry);
  add_show(*log, registry);
  add_tail(*log, registry);
  add_report(*app.get_subcommand("policy"), registry);
}

}  // namespace sallyport::audit
