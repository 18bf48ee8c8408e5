#include "engine/log_quota.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sallyport::engine {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kHour = std::chrono::hours(1);

std::string text_of(const model::LogRecord& record, std::string_view field) {
  return std::string(record.fields[field].text());
}

std::string who_called(const model::LogRecord& record) {
  auto agent = text_of(record, "agent");
  return agent.empty() ? text_of(record, "reviewer") : agent;
}

// By its code, where it has one: that many answers of it there were.
std::string kind_of(const model::LogRecord& record) {
  auto code = text_of(record, "code");
  return code.empty() ? record.event : code;
}

std::uint64_t stands_for(const model::LogRecord& record) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(record.fields["count"].integer().value_or(1), 1));
}

}  // namespace

bool LogQuota::is_used_up(const std::string& agent) const {
  return journal_.written_today(agent) >= settings_.log_bytes_per_agent_a_day;
}

void LogQuota::note_answer(model::LogRecord record) {
  auto& [noted, rest] = answers_[who_called(record)];
  if (noted == 0) rest.until = clock_.steady() + kMinute;
  if (noted < kAnswersNotedAMinute) {
    ++noted;
    return journal_.append_async(std::move(record));
  }
  if (rest.by_kind.empty()) rest.since = clock_.now();
  rest.by_kind[kind_of(record)] += stands_for(record);
}

void LogQuota::leave_out(const model::LogRecord& record) {
  auto& counts = allowed_[who_called(record)];
  if (counts.by_kind.empty()) {
    counts.since = clock_.now();
    counts.until = clock_.steady() + kHour;
  }
  counts.by_kind[kind_of(record)] += stands_for(record);
}

void LogQuota::flush(bool all) {
  const auto is_due = [&](const Counts& counts) { return all || clock_.steady() >= counts.until; };
  std::erase_if(answers_, [&](const auto& each) {
    const auto& [who, minute] = each;
    if (!is_due(minute.rest)) return false;
    tell(who, "too many a minute", minute.rest);
    return true;
  });
  std::erase_if(allowed_, [&](const auto& each) {
    if (!is_due(each.second)) return false;
    tell(each.first, "limits.logMiBPerAgentPerDay", each.second);
    return true;
  });
}

void LogQuota::tell(const std::string& who, std::string_view why, const Counts& counts) {
  if (counts.by_kind.empty()) return;
  auto by_kind = json::Value::object();
  for (const auto& [kind, count] : counts.by_kind) by_kind.set(kind, count);
  model::LogRecord record{"not_written"};
  record.fields.set("who", who)
      .set("why", why)
      .set("since", format_instant(counts.since))
      .set("counts", std::move(by_kind));
  journal_.append_async(std::move(record));
}

}  // namespace sallyport::engine
