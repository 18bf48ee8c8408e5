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
constexpr std::size_t kAtOnce = std::size_t{1} << 20;  // bytes: whoever is far behind shows some before all is read

// What is to be printed next, by its time.
class Printer {
 public:
  explicit Printer(bool as_json) : as_json_(as_json) {}

  void add(Record record) {
    bytes_ += record.text.size();
    std::string time(record.line["time"].text());
    records_.emplace(std::move(time), std::move(record));
  }
  // Leaves so many of the latest.
  void leave(std::size_t most) {
    while (records_.size() > most) records_.erase(records_.begin());
  }
  [[nodiscard]] bool has_enough() const { return bytes_ >= kAtOnce; }
  void print() {
    for (const auto& [time, record] : records_) {
      std::fputs(as_json_ ? record.text.c_str() : (row_of(record.line) + "\n").c_str(), stdout);
    }
    std::fflush(stdout);
    records_.clear();
    bytes_ = 0;
  }

 private:
  bool as_json_;
  std::multimap<std::string, Record> records_;
  std::size_t bytes_ = 0;
};

}  // namespace

int log_tail(const TailOptions& options) {
  const auto filter = Filter::make(options.wanted, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  if (!filter) {
    complain(filter.error());
    return kUsageError;
  }
  FollowedLog log(options.places);
  Printer printer(options.as_json);
  bool faults = complain(log.read_more([&](Record record) {
    if (!filter->passes(record.line)) return;
    printer.add(std::move(record));
    printer.leave(options.lines);
  }));
  if (!options.as_json) std::puts(heading().c_str());
  printer.print();
  const auto take_on = [&](Record record) {
    if (filter->passes(record.line)) printer.add(std::move(record));
    if (printer.has_enough()) printer.print();
  };
  while (options.follow) {
    if (!log.is_behind()) std::this_thread::sleep_for(kPause);
    faults = complain(log.read_more(take_on)) || faults;
    printer.print();
  }
  return faults ? kUnreadable : 0;
}

}  // namespace sallyport::audit
