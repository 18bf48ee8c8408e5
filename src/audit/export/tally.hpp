#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit/request_index.hpp"
#include "json/value.hpp"

namespace sallyport::audit {

// What was decided, or taken back; every text safe to show, and cut where it is long.
struct Decision {
  std::string time, request, verdict, who, why;
  std::string agent, action;  // who had asked for what
  std::string result;         // what became of it, as a later line says; "": none does
};

// What a summary says of the chosen records. Of a log of any size it keeps little.
class Tally {
 public:
  // All lines of all streams are to pass here, since what became of a chosen decision may stand in one that is not.
  void take(const json::Value& line, bool chosen, const Asked* asked);

  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] const std::string& first_time() const { return first_time_; }
  [[nodiscard]] const std::string& last_time() const { return last_time_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& by_event() const { return by_event_; }
  // In the order of time, and how many more there were.
  [[nodiscard]] std::vector<Decision> decisions() const;
  [[nodiscard]] std::uint64_t more_decisions() const { return more_decisions_; }

 private:
  using Intent = std::pair<std::string, std::string>;  // its stream and its id
  void count(const json::Value& line);
  void note_decision(const json::Value& line, const Asked* asked);
  void note_outcome(const json::Value& line);

  std::uint64_t records_ = 0;
  std::string first_time_, last_time_;
  std::map<std::string, std::uint64_t> by_event_;
  std::vector<Decision> decisions_;
  std::uint64_t more_decisions_ = 0;
  std::map<Intent, std::size_t> undecided_;
};

}  // namespace sallyport::audit
