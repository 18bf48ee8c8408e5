// `sallyport log tail`: the last of what happened, and with -f what happens from then on.
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/command_flags.hpp"
#include "audit/commands.hpp"
#include "audit/complaints.hpp"
#include "audit/followed_log.hpp"
#include "audit/row.hpp"
#include "audit/selection.hpp"

namespace sallyport::audit {
namespace {

struct TailOptions {
  std::vector<std::string> places;
  Wanted wanted;
  std::size_t lines = 10;  // of what is there already
  bool follow = false;
  bool as_json = false;
};

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

int log_tail(const TailOptions& options, Instant now) {
  const auto logs = logs::find_logs(options.places);
  auto wanted =
      options.follow ? Selection::of_growing(options.wanted, now, logs) : Selection::make(options.wanted, now, logs);
  if (!wanted) {
    complain(wanted.error());
    return kUsageError;
  }
  FollowedLog log(options.places);
  Printer printer(options.as_json);
  bool faults = complain(log.read_more([&](Record record) {
    wanted->learn(record.line);
    if (!wanted->passes(record.line)) return;
    printer.add(std::move(record));
    printer.leave(options.lines);
  }));
  if (!options.as_json) std::puts(heading().c_str());
  printer.print();
  const auto take_on = [&](Record record) {
    wanted->learn(record.line);
    if (wanted->passes(record.line)) printer.add(std::move(record));
    if (printer.has_enough()) printer.print();
  };
  while (options.follow) {
    std::this_thread::sleep_for(kPause);
    faults = complain(log.read_more(take_on)) || faults;
    printer.print();
  }
  return faults ? kUnreadable : 0;
}

}  // namespace

void add_tail(CLI::App& log, const Registry& registry) {
  const auto options = std::make_shared<TailOptions>();
  auto* const command = log.add_subcommand("tail", "Show the last of what happened, and what happens from now on");
  add_places(*command, options->places);
  command->add_flag("-f,--follow", options->follow, "Then print each record as it is written, until Ctrl-C");
  command->add_option("--lines", options->lines, "So many of the last records, out of each stream's two newest files")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  add_wanted_events(*command, options->wanted);
  add_output(*command, options->as_json);
  command->footer(
      "Files that were compressed before are passed over: log show reads them. -o json prints the log's own lines. "
      "Exit codes: 0 shown, "
      "2 wrong usage, 3 something could not be read.");
  command->callback([options, &machine = registry.machine, &chosen = registry.chosen] {
    chosen = [options, &machine] { return log_tail(*options, machine.clock.now()); };
  });
}

}  // namespace sallyport::audit
