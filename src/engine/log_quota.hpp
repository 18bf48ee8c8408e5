#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/seams.hpp"
#include "engine/settings.hpp"

namespace sallyport::engine {

// What calls that nobody has approved may write into this replica's log: an agent that is refused again and again, or
// that writes what a policy in Audit is about, must not fill the disk. What is over the quota is counted by kind, and
// one line tells the counts. Engine's thread, but for `is_used_up`.
class LogQuota {
 public:
  LogQuota(Journal& journal, const Clock& clock, const Settings& settings)
      : journal_(journal), clock_(clock), settings_(settings) {}

  // The agent's records have come to limits.logMiBPerAgentPerDay since the day began. Any thread.
  [[nodiscard]] bool is_used_up(const std::string& agent) const;

  // Notes an answer that no approval stands behind, of each agent or person at most kAnswersNotedAMinute.
  void note_answer(model::LogRecord record);
  // Counts a record of what an agent was allowed, instead of writing it.
  void leave_out(const model::LogRecord& record);

  // Writes the counts whose time has come; with `all`, all of them.
  void flush(bool all = false);

  static constexpr std::size_t kAnswersNotedAMinute = 60;

 private:
  // What of one kind was left out since a moment.
  struct Counts {
    Duration until{};  // steady time; then a line tells them
    Instant since{};
    std::map<std::string, std::uint64_t> by_kind;
  };
  struct Minute {
    std::size_t noted = 0;
    Counts rest;
  };
  void tell(const std::string& who, std::string_view why, const Counts& counts);

  Journal& journal_;
  const Clock& clock_;
  const Settings& settings_;
  std::map<std::string, Minute> answers_;  // by agent or reviewer
  std::map<std::string, Counts> allowed_;  // by agent
};

}  // namespace sallyport::engine
