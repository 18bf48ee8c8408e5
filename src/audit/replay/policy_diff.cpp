// `sallyport policy diff`: what is asked about now, of what the logs hold, and was not before.
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
#include "audit/replay/diff_view.hpp"
#include "audit/replay/last_policies.hpp"
#include "audit/replay/newly_asked.hpp"
#include "audit/replay/wanted.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

struct DiffOptions {
  std::vector<std::string> places;
  std::vector<std::string> from;
  std::vector<std::string> policies;  // where those of today are; none: those that stand in the log
  Wanted wanted;
  bool as_json = false;
};

enum Exit { kNothing = 0, kMore = 1, kUsageError = 2, kUnreadable = 3, kUntold = 4 };

Result<Before> read_before(const std::vector<std::string>& from, ReadPolicies read_policies) {
  if (from.size() == 1) {
    if (const auto* presets = OlderPresets::of(from.front())) return Before{.presets = presets, .policies = {}};
  }
  auto policies = read_policies(from);
  if (policies) return Before{.presets = nullptr, .policies = std::move(*policies)};
  return fail(policies.error().while_doing("--from is neither a version whose presets are known (" +
                                           OlderPresets::known_versions() + ") nor a place of policies"));
}

Result<std::vector<model::Policy>> policies_of_today(const DiffOptions& options, const Histories& histories,
                                                     ReadPolicies read_policies) {
  if (!options.policies.empty()) return read_policies(options.policies);
  auto last = last_policies(histories);
  if (!last.unread.empty()) {
    return fail(ErrorCode::not_found, last.unread.front() +
                                          ": the log does not hold the spec of this policy; give the policies with "
                                          "--policies");
  }
  if (!last.policies.empty()) return std::move(last.policies);
  return fail(ErrorCode::not_found, "the logs hold no policies; give them with --policies");
}

void complain_of_broken(const std::vector<model::Policy>& policies) {
  for (const auto& policy : policies) {
    if (policy.works()) continue;
    complain(
        Error(ErrorCode::bad_input, policy.ref.kind + " " + policy.ref.name + " cannot work: " + policy.why_broken()));
  }
}

int policy_diff(const DiffOptions& options, Instant now, ReadPolicies read_policies) {
  const auto usage_error = [](const Error& error) {
    complain(error);
    return kUsageError;
  };
  const auto before = read_before(options.from, read_policies);
  if (!before) return usage_error(before.error());
  const auto logs = logs::find_logs(options.places);
  const auto wanted = Selection::make(options.wanted, now, logs);
  if (!wanted) return usage_error(wanted.error());
  Histories histories;
  const auto unreadable = read_logs(logs, [&](const Record& record) { histories.add(record); });
  histories.close();
  const bool complained = complain(unreadable);
  auto today = policies_of_today(options, histories, read_policies);
  if (!today) {
    complain(today.error());
    return complained ? kUnreadable : kUsageError;
  }
  complain_of_broken(*today);
  const auto diff = newly_asked(std::move(*today), *before, histories,
                                [&](const Place& at, const Call& call, const std::string& request) {
                                  return is_wanted(*wanted, at, call.agent, call.envelope.namespace_name, request);
                                });
  if (options.as_json) {
    std::puts(json::write_pretty(diff_json(diff)).c_str());
  } else {
    std::fputs(diff_view(diff).c_str(), stdout);
  }
  if (!diff.rows.empty()) return kMore;
  if (complained) return kUnreadable;
  return diff.doubts.empty() ? kNothing : kUntold;
}

}  // namespace

void add_diff(CLI::App& policy, const Registry& registry, ReadPolicies read_policies) {
  const auto options = std::make_shared<DiffOptions>();
  auto* const command = policy.add_subcommand(
      "diff",
      "Show what is asked about now, of what the logs hold, and was not before: by presets of an earlier version, "
      "or by other policies");
  add_places(*command, options->places);
  command
      ->add_option("--from", options->from,
                   "What asked before: the presets of an earlier version (0.1), or policies in a file or a folder; "
                   "policies may be given again")
      ->required()
      ->type_name("VERSION|DIR|FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--policies", options->policies,
                   "The policies of today: a file, a folder, or - for standard input; without it, those that the log "
                   "had last. May be given again")
      ->type_name("DIR|FILE")
      ->allow_extra_args(false);
  add_period(*command, options->wanted);
  add_wanted(*command, options->wanted);
  add_output(*command, options->as_json);
  command->footer(
      "A log holds calls that a policy has matched, in Enforce, Warn or Audit, and no others. Exit codes: 0 nothing "
      "more "
      "is asked, 1 something more is asked, 2 wrong usage, 3 something could not be read, 4 nothing was found, but not "
      "all can be told.");
  command->callback([options, read_policies, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, read_policies, &machine] { return policy_diff(*options, machine.clock.now(), read_policies); };
  });
}

}  // namespace sallyport::audit
