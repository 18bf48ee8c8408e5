// `sallyport log tail`: the last of what happened, and with -f what happens from then on.
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/followed_log.hpp"
#include "audit/row.hpp"

namespace sallyport::audit {
namespace {

constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;
constexpr std::chrono::milliseconds kPause{200};

using ByTime = std::multimap<std::string, Record>;

void print(const ByTime& records, bool as_json) {
  for (const auto& [time, record] : records) {
    std::fputs(as_json ? record.text.c_str() : (row_of(record.line) + "\n").c_str(), stdout);
  }
  std::fflush(stdout);
}

// At most so many of the latest.
void keep(ByTime& records, Record record, std::size_t most) {
  std::string time(record.line["time"].text());
  records.emplace(std::move(time), std::move(record));
  if (records.size() > most) records.erase(records.begin());
}

}  // namespace

int log_tail(const TailOptions& options) {
  const auto filter = Filter::make(options.wanted, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (!filter) {
    complain(filter.error());
    return kUsageError;
  }
  FollowedLog log(options.places);
  ByTime records;
  const auto look = [&](std::size_t most) {
    return complain(log.read_more([&](Record record) {
      if (filter->passes(record.line)) keep(records, std::move(record), most);
    }));
  };
  bool faults = look(options.lines);
  if (!options.as_json) std::puts(heading().c_str());
  print(records, options.as_json);
  while (options.follow) {
    std::this_thread::sleep_for(kPause);
    records.clear();
    faults = look(std::string::npos) || faults;
    print(records, options.as_json);
  }
  return faults ? kUnreadable : 0;
}

}  // namespace sallyport::audit
