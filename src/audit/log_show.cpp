// `sallyport log show`: what happened, in the order of time, for people; or the lines themselves for programs.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/command_flags.hpp"
#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "audit/row.hpp"
#include "audit/selection.hpp"

namespace sallyport::audit {
namespace {

struct ShowOptions {
  std::vector<std::string> places;
  Wanted wanted;
  bool as_json = false;
};

constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;

int log_show(const ShowOptions& options, Instant now) {
  const auto logs = logs::find_logs(options.places);
  const auto wanted = Selection::make(options.wanted, now, logs);
  if (!wanted) {
    complain(wanted.error());
    return kUsageError;
  }
  bool begun = options.as_json;
  const auto unreadable = read_logs(logs, [&](const Record& record) {
    if (!std::exchange(begun, true)) std::puts(heading().c_str());
    if (!wanted->passes(record.line)) return;
    std::fputs(options.as_json ? record.text.c_str() : (row_of(record.line) + "\n").c_str(), stdout);
  });
  return complain(unreadable) ? kUnreadable : 0;
}

}  // namespace

void add_show(CLI::App& log, const Registry& registry) {
  const auto options = std::make_shared<ShowOptions>();
  auto* const command = log.add_subcommand("show", "Show what happened, by time, agent, namespace or request");
  add_places(*command, options->places);
  add_period(*command, options->wanted);
  add_wanted_events(*command, options->wanted);
  add_output(*command, options->as_json);
  command->footer(
      "-o json prints the log's own lines. Exit codes: 0 shown, 2 wrong usage, 3 something could not be read.");
  command->callback([options, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, &machine] { return log_show(*options, machine.clock.now()); };
  });
}

}  // namespace sallyport::audit
