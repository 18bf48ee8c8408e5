#include "journal/line.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "json/json.hpp"

namespace sallyport::journal {
namespace {

// Left for seq, prev, time and stream.
constexpr std::size_t kPlaceRoom = 1024;

constexpr json::Limits limits_of(std::size_t bytes) {
  return {.bytes = bytes, .depth = 64, .values = 100'000};
}

}  // namespace

Result<std::string> encode(const model::LogRecord& record) {
  if (record.event.empty()) return fail(ErrorCode::bad_input, "a record must say what happened: its event is empty");
  json::Value::Object members{{"event", record.event}};
  for (const auto& member : record.fields.members()) {
    for (const std::string_view own : {"seq", "prev", "time", "stream"}) {
      if (member.key == own) return fail(ErrorCode::bad_input, fmt::format("{} is not for a record to say", own));
    }
    members.push_back(member);
  }
  auto text = json::write(json::Value(std::move(members)));
  // A line that the next start could not read would stop the replica for good, so it is read before it is written.
  if (const auto again = json::parse(text, limits_of(kLineLimit - kPlaceRoom)); !again) return fail(again.error());
  return text.substr(1);
}

std::string make_line(const Place& place, Instant time, std::string_view encoded) {
  return fmt::format(R"({{"seq":{},"prev":"{}","time":"{}","stream":"{}",{})", place.seq, place.prev,
                     format_instant(time), place.stream, encoded) +
         '\n';
}

Result<json::Value> parse_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return json::parse(line, limits_of(kLineLimit));
}

Result<Place> place_of(const json::Value& line) {
  const auto seq = line["seq"].unsigned_integer();
  Place place{std::string(line["stream"].text()), seq.value_or(0), std::string(line["prev"].text())};
  if (!seq || place.stream.empty() || place.prev.size() != kBeginning.size() || line["event"].text().empty() ||
      !parse_instant(line["time"].text())) {
    return fail(ErrorCode::bad_input, "it lacks seq, prev, time, stream or event");
  }
  return place;
}

std::string head_of(std::string_view line) {
  return hex(sha256(line));
}

}  // namespace sallyport::journal
