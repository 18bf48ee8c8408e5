// `sallyport log replay`: everything that was decided, decided again.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "audit/replay/commands.hpp"
#include "audit/replay/decide_again.hpp"
#include "audit/replay/match_again.hpp"
#include "audit/replay/view.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

enum Exit { kSame = 0, kDiffers = 1, kUsageError = 2, kUnreadable = 3, kUntold = 4 };

std::vector<Finding> all_findings(ReplayOptions& options, const Histories& histories) {
  if (options.policies) return under(std::move(*options.policies), histories);
  auto findings = match_again(histories);
  for (auto& finding : decide_again(histories)) findings.push_back(std::move(finding));
  return findings;
}

bool is_wanted(const Filter& filter, const Finding& finding) {
  auto line = json::Value::object();
  line.set("time", format_instant(finding.at.time)).set("agent", finding.agent);
  return filter.passes(line.set("namespace", finding.namespace_name).set("request", finding.request));
}

}  // namespace

int log_replay(ReplayOptions options) {
  const auto filter = Filter::make(options.wanted, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (!filter) {
    complain(filter.error());
    return kUsageError;
  }
  Histories histories;
  const auto unreadable = read_logs(options.places, [&](const Record& record) { histories.add(record); });
  histories.close();
  auto findings = all_findings(options, histories);
  std::erase_if(findings, [&](const Finding& finding) { return !is_wanted(*filter, finding); });
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

}  // namespace sallyport::audit
