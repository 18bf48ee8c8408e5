// `sallyport log show`: what happened, in the order of time, for people; or the lines themselves for programs.
#include <chrono>
#include <cstdio>

#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/read_logs.hpp"
#include "audit/row.hpp"

namespace sallyport::audit {
namespace {

constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;

}  // namespace

int log_show(const ShowOptions& options) {
  const auto filter = Filter::make(options.wanted, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (!filter) {
    complain(filter.error());
    return kUsageError;
  }
  bool begun = options.as_json;
  const auto unreadable = read_logs(options.places, [&](const Record& record) {
    if (!std::exchange(begun, true)) std::puts(heading().c_str());
    if (!filter->passes(record.line)) return;
    std::fputs(options.as_json ? record.text.c_str() : (row_of(record.line) + "\n").c_str(), stdout);
  });
  return complain(unreadable) ? kUnreadable : 0;
}

}  // namespace sallyport::audit
