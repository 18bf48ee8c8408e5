#include "audit/filter.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sallyport::audit {
namespace {

// What people say, which stands in their reviews alone, and what came of a request, which all of its records share.
constexpr auto kVerdicts = std::to_array<std::string_view>(
    {"Approve", "Deny", "Withdraw", "Revoke", "Approved", "Denied", "Withdrawn", "Expired", "Revoked"});

// A time, or how long ago it was.
Result<std::optional<Instant>> moment(const std::string& flag, const std::string& text, Instant now) {
  if (text.empty()) return std::nullopt;
  if (const auto exact = parse_instant(text)) return exact;
  if (const auto ago = parse_duration(text)) return now - *ago;
  return fail(ErrorCode::bad_input,
              flag + " " + text + " is neither a time as in 2026-11-21T10:00:00Z nor a span as in 2h30m");
}

Result<void> check_verdict(const std::string& verdict) {
  if (verdict.empty() || std::ranges::find(kVerdicts, verdict) != kVerdicts.end()) return {};
  std::string known;
  for (const auto each : kVerdicts) known += (known.empty() ? "" : ", ") + std::string(each);
  return fail(ErrorCode::bad_input, "--verdict " + verdict + " is no verdict; those are " + known);
}

}  // namespace

Result<Filter> Filter::make(Wanted wanted, Instant now) {
  const auto since = moment("--since", wanted.since, now);
  if (!since) return fail(since.error());
  const auto until = moment("--until", wanted.until, now);
  if (!until) return fail(until.error());
  if (const auto known = check_verdict(wanted.verdict); !known) return fail(known.error());
  return Filter(std::move(wanted), *since, *until);
}

bool Filter::passes(const json::Value& line, const Asked* asked) const {
  const auto time = parse_instant(line["time"].text());
  if (!time || (since_ && *time < *since_) || (until_ && *time > *until_)) return false;
  const auto is = [](const std::string& wanted, std::string_view found) { return wanted.empty() || wanted == found; };
  const auto request = line["request"].text();
  const auto name = request.substr(request.find('/') + 1);
  const bool has_verdict =
      is(wanted_.verdict, line["verdict"].text()) || (asked != nullptr && asked->verdicts.contains(wanted_.verdict));
  return is(wanted_.agent, agent_of(line, asked)) && is(wanted_.namespace_name, namespace_of(line, asked)) &&
         (is(wanted_.request, request) || wanted_.request == name) && has_verdict &&
         is(wanted_.event, line["event"].text());
}

std::string_view agent_of(const json::Value& line, const Asked* asked) {
  if (const auto own = line["agent"].text(); !own.empty()) return own;
  if (asked != nullptr && !asked->agent.empty()) return asked->agent;
  return line["event"].text() == "not_written" ? line["who"].text() : std::string_view();
}

std::string_view namespace_of(const json::Value& line, const Asked* asked) {
  return asked != nullptr && !asked->namespace_name.empty() ? asked->namespace_name : namespace_of(line);
}

}  // namespace sallyport::audit
