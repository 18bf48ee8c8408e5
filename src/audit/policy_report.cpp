// `sallyport policy report`: what policies in Warn and Audit would have asked for.
#include <chrono>
#include <cstdio>

#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "audit/would_ask.hpp"
#include "json/json.hpp"

namespace sallyport::audit {
namespace {

constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;

}  // namespace

int policy_report(const ReportOptions& options) {
  const auto filter = Filter::make(options.wanted, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (!filter) {
    complain(filter.error());
    return kUsageError;
  }
  WouldAskCount count;
  const auto unreadable = read_logs(options.places, [&](const Record& record) {
    if (filter->passes(record.line)) count.add(record.line);
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

}  // namespace sallyport::audit
