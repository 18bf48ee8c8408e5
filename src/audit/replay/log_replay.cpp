// `sallyport log replay`: everything that was decided, decided again.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/command_flags.hpp"
#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "audit/replay/commands.hpp"
#include "audit/replay/decide_again.hpp"
#include "audit/replay/match_again.hpp"
#include "audit/replay/view.hpp"
#include "audit/replay/wanted.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

struct ReplayOptions {
  std::vector<std::string> places;
  std::vector<std::string> policies;  // where they are; none: those that stand in the log
  Wanted wanted;                      // whose records are judged; all are read
  bool as_json = false;
};

enum Exit { kSame = 0, kDiffers = 1, kUsageError = 2, kUnreadable = 3, kUntold = 4 };

std::vector<Finding> all_findings(std::optional<std::vector<model::Policy>> policies, const Histories& histories) {
  if (policies) return under(std::move(*policies), histories);
  auto findings = match_again(histories);
  for (auto& finding : decide_again(histories)) findings.push_back(std::move(finding));
  return findings;
}

int log_replay(const ReplayOptions& options, Instant now, ReadPolicies read_policies) {
  std::optional<std::vector<model::Policy>> policies;
  if (!options.policies.empty()) {
    auto read = read_policies(options.policies);
    if (!read) {
      complain(read.error());
      return kUsageError;
    }
    policies = std::move(*read);
  }
  const auto logs = logs::find_logs(options.places);
  const auto wanted = Selection::make(options.wanted, now, logs);
  if (!wanted) {
    complain(wanted.error());
    return kUsageError;
  }
  Histories histories;
  const auto unreadable = read_logs(logs, [&](const Record& record) { histories.add(record); });
  histories.close();
  auto findings = all_findings(std::move(policies), histories);
  std::erase_if(findings, [&](const Finding& each) {
    return !is_wanted(*wanted, each.at, each.agent, each.namespace_name, each.request);
  });
  std::ranges::sort(findings, {}, &Finding::at);
  if (options.as_json) {
    std::puts(json::write_pretty(replay_json(findings)).c_str());
  } else {
    std::fputs(replay_view(findings).c_str(), stdout);
  }
  const auto counts = count(findings);
  const bool complained = complain(unreadable);
  if (counts.differ > 0) return kDiffers;
  if (complained) return kUnreadable;
  return counts.unknown > 0 ? kUntold : kSame;
}

}  // namespace

void add_replay(CLI::App& log, const Registry& registry, ReadPolicies read_policies) {
  const auto options = std::make_shared<ReplayOptions>();
  auto* const command =
      log.add_subcommand("replay", "Decide everything in the logs again, and list where the answer would differ");
  add_places(*command, options->places);
  command
      ->add_option("--policies", options->policies,
                   "Decide by these policies instead: a file, a folder, or - for standard input, as `kubectl get "
                   "approvalpolicies,clusterapprovalpolicies -A -o json` writes them; may be given again")
      ->type_name("DIR|FILE")
      ->allow_extra_args(false);
  add_period(*command, options->wanted);
  add_wanted(*command, options->wanted);
  add_request(*command, options->wanted);
  add_verdict(*command, options->wanted);
  add_output(*command, options->as_json);
  command->footer(
      "Exit codes: 0 all the same, 1 something differs, 2 wrong usage, 3 something could not be read, 4 nothing "
      "differs, "
      "but not all can be told.");
  command->callback([options, read_policies, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, read_policies, &machine] { return log_replay(*options, machine.clock.now(), read_policies); };
  });
}

}  // namespace sallyport::audit
