#include "audit/filter.hpp"

namespace sallyport::audit {
namespace {

// A time, or how long ago it was.
Result<std::optional<Instant>> moment(const std::string& flag, const std::string& text, Instant now) {
  if (text.empty()) return std::nullopt;
  if (const auto exact = parse_instant(text)) return exact;
  if (const auto ago = parse_duration(text)) return now - *ago;
  return fail(ErrorCode::bad_input,
              flag + " " + text + " is neither a time as in 2026-11-21T10:00:00Z nor a span as in 2h30m");
}

}  // namespace

Result<Filter> Filter::make(Wanted wanted, Instant now) {
  const auto since = moment("--since", wanted.since, now);
  if (!since) return fail(since.error());
  const auto until = moment("--until", wanted.until, now);
  if (!until) return fail(until.error());
  return Filter(std::move(wanted), *since, *until);
}

bool Filter::passes(const json::Value& line) const {
  const auto time = parse_instant(line["time"].text());
  if (!time || (since_ && *time < *since_) || (until_ && *time > *until_)) return false;
  const auto is = [](const std::string& wanted, std::string_view found) { return wanted.empty() || wanted == found; };
  const auto request = line["request"].text();
  const auto name = request.substr(request.find('/') + 1);
  return is(wanted_.agent, line["agent"].text()) && is(wanted_.namespace_name, namespace_of(line)) &&
         (is(wanted_.request, request) || wanted_.request == name) && is(wanted_.verdict, line["verdict"].text()) &&
         is(wanted_.event, line["event"].text());
}

std::string_view namespace_of(const json::Value& line) {
  if (const auto own = line["namespace"].text(); !own.empty()) return own;
  const auto request = line["request"].text();
  const auto slash = request.find('/');
  return slash == std::string_view::npos ? std::string_view() : request.substr(0, slash);
}

}  // namespace sallyport::audit
