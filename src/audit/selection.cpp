#include "audit/selection.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/read_logs.hpp"

namespace sallyport::audit {
namespace {

constexpr std::size_t kNamed = 8;      // in a sentence
constexpr std::size_t kKept = 10'000;  // anybody may have made up any number of them

// The values of one field, of which a flag names one.
class Known {
 public:
  Known(std::string_view what, const std::string& wanted) : what_(what), wanted_(wanted) {}

  void add(std::string_view value) {
    if (wanted_.empty() || is_there_ || value.empty()) return;
    is_there_ = value == wanted_;
    if (values_.size() < kKept) values_.emplace(value);
  }
  [[nodiscard]] bool is_missing() const { return !wanted_.empty() && !is_there_; }
  [[nodiscard]] std::string complaint() const {
    std::string text = "these logs hold no " + std::string(what_) + " " + wanted_;
    std::size_t named = 0;
    for (const auto& value : values_) {
      if (named == kNamed) return text + ", and " + std::to_string(values_.size() - named) + " more";
      text += (named++ == 0 ? "; they hold " : ", ") + value;
    }
    return text;
  }

 private:
  std::string_view what_;
  const std::string& wanted_;
  bool is_there_ = false;
  std::set<std::string, std::less<>> values_;
};

// Is there what the flags name?
class Presence {
 public:
  explicit Presence(const Wanted& wanted)
      : agents_("agent", wanted.agent),
        namespaces_("namespace", wanted.namespace_name),
        requests_("request", wanted.request),
        verdicts_("verdict", wanted.verdict),
        events_("event", wanted.event),
        by_name_(!wanted.request.contains('/')) {}

  void add(const json::Value& line, const Asked* asked) {
    agents_.add(agent_of(line, asked));
    for (const auto& agent : line["agents"].items()) agents_.add(agent["name"].text());
    namespaces_.add(namespace_of(line, asked));
    const auto request = line["request"].text();
    requests_.add(by_name_ ? request.substr(request.find('/') + 1) : request);
    verdicts_.add(line["verdict"].text());
    if (asked != nullptr) {
      for (const auto& verdict : asked->verdicts) verdicts_.add(verdict);
    }
    events_.add(line["event"].text());
  }
  [[nodiscard]] Result<void> result() const {
    for (const auto* each : {&agents_, &namespaces_, &requests_, &verdicts_, &events_}) {
      if (each->is_missing()) return fail(ErrorCode::not_found, each->complaint());
    }
    return {};
  }

 private:
  Known agents_, namespaces_, requests_, verdicts_, events_;
  bool by_name_;
};

}  // namespace

Result<Selection> Selection::make(Wanted wanted, Instant now, const logs::FoundLogs& logs) {
  auto filter = Filter::make(std::move(wanted), now);
  if (!filter) return fail(filter.error());
  Selection selection(std::move(*filter));
  Presence presence(selection.filter_.wanted());
  const auto unreadable = read_logs(logs, [&](const Record& record) {
    selection.index_.add(record.line);
    presence.add(record.line, selection.index_.find(record.line));
  });
  // What cannot be read may hold it: that is told when the records are read.
  if (const auto there = presence.result(); !there && unreadable.empty()) return fail(there.error());
  return selection;
}

Result<Selection> Selection::of_growing(Wanted wanted, Instant now, const logs::FoundLogs& logs) {
  auto filter = Filter::make(std::move(wanted), now);
  if (!filter) return fail(filter.error());
  Selection selection(std::move(*filter));
  (void)read_logs(logs, [&](const Record& record) { selection.index_.add(record.line); });
  return selection;
}

}  // namespace sallyport::audit
