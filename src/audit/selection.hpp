#pragma once

#include "audit/filter.hpp"
#include "audit/request_index.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

// The records of logs that somebody wants. All lines are read once before the first is judged: who asked for what a
// review is about stands in another line, which may be in another stream, or come later.
class Selection {
 public:
  // An Error: a flag cannot be understood (bad_input), or names an agent, a namespace, a request, a verdict or an event
  // that no record has (not_found).
  [[nodiscard]] static Result<Selection> make(Wanted wanted, Instant now, const logs::FoundLogs& logs);
  // Of logs that go on: what is not there yet may come.
  [[nodiscard]] static Result<Selection> of_growing(Wanted wanted, Instant now, const logs::FoundLogs& logs);

  // A line that was written since.
  void learn(const json::Value& line) { index_.add(line); }

  [[nodiscard]] bool passes(const json::Value& line) const { return filter_.passes(line, index_.find(line)); }
  // Null: the line is about no request.
  [[nodiscard]] const Asked* asked(const json::Value& line) const { return index_.find(line); }
  [[nodiscard]] const Filter& filter() const { return filter_; }

 private:
  explicit Selection(Filter filter) : filter_(std::move(filter)) {}

  Filter filter_;
  RequestIndex index_;
};

}  // namespace sallyport::audit
