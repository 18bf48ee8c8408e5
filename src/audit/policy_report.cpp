// `sallyport policy report`: what policies in Warn and Audit would have asked for.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/command_flags.hpp"
#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "audit/selection.hpp"
#include "audit/would_ask.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

struct ReportOptions {
  std::vector<std::string> places;
  Wanted wanted;
  bool as_json = false;
};

constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;

int policy_report(const ReportOptions& options, Instant now) {
  const auto logs = logs::find_logs(options.places);
  const auto wanted = Selection::make(options.wanted, now, logs);
  if (!wanted) {
    complain(wanted.error());
    return kUsageError;
  }
  WouldAskCount count;
  const auto unreadable = read_logs(logs, [&](const Record& record) {
    if (wanted->passes(record.line)) count.add(record.line);
  });
  const auto rows = count.rows();
  if (options.as_json) {
    std::puts(json::write_pretty(would_ask_json(rows)).c_str());
  } else if (rows.empty()) {
    std::fputs("nobody would have been asked: these logs hold no action that a policy in Warn or Audit matched\n",
               stderr);
  } else {
    std::fputs(would_ask_table(rows).c_str(), stdout);
  }
  return complain(unreadable) ? kUnreadable : 0;
}

}  // namespace

void add_report(CLI::App& policy, const Registry& registry) {
  const auto options = std::make_shared<ReportOptions>();
  auto* const command =
      policy.add_subcommand("report", "Show what policies in Warn and Audit would have asked for, from the logs");
  add_places(*command, options->places);
  add_period(*command, options->wanted);
  add_wanted(*command, options->wanted);
  add_output(*command, options->as_json);
  command->footer("Exit codes: 0 reported, 2 wrong usage, 3 something could not be read.");
  command->callback([options, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, &machine] { return policy_report(*options, machine.clock.now()); };
  });
}

}  // namespace sallyport::audit
