#include "journal/line.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "json/json.hpp"

namespace sallyport::journal {
namespace {

// Left for what stands before the event.
constexpr std::size_t kPlaceRoom = 1024;

// Takes a line's beginning apart, piece by piece.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  bool literal(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  bool number(std::uint64_t& into) {
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), into);
    if (read.ec != std::errc{}) return false;
    text_.remove_prefix(static_cast<std::size_t>(read.ptr - text_.data()));
    return true;
  }
  // Up to the quotation mark; none of ours needs an escape.
  bool plain(std::string_view& into) {
    const auto end = text_.find('"');
    if (end == std::string_view::npos) return false;
    into = text_.substr(0, end);
    text_.remove_prefix(end);
    return !into.empty() && !into.contains('\\');
  }

 private:
  std::string_view text_;
};

constexpr json::Limits limits_of(std::size_t bytes) {
  return {.bytes = bytes, .depth = kDepthLimit, .values = 100'000};
}

}  // namespace

Result<std::string> encode(const model::LogRecord& record) {
  if (record.event.empty()) return fail(ErrorCode::bad_input, "a record must say what happened: its event is empty");
  json::Value::Object members{{"event", record.event}};
  for (const auto& member : record.fields.members()) {
    for (const std::string_view own : {"v", "seq", "prev", "time", "mono", "stream"}) {
      if (member.key == own) return fail(ErrorCode::bad_input, fmt::format("{} is not for a record to say", own));
    }
    members.push_back(member);
  }
  auto text = json::write(json::Value(std::move(members)));
  // A line that the next start could not read would stop the replica for good, so it is read before it is written.
  if (const auto again = json::parse(text, limits_of(kLineLimit - kPlaceRoom)); !again) return fail(again.error());
  return text.substr(1);
}

std::string make_line(const Place& place, Instant time, Duration steady, std::string_view encoded) {
  return fmt::format(R"({{"v":{},"seq":{},"prev":"{}","time":"{}","mono":{},"stream":"{}",{})", kFormat, place.seq,
                     place.prev, format_instant(time), steady / std::chrono::microseconds(1), place.stream, encoded) +
         '\n';
}

Result<json::Value> parse_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return json::parse(line, limits_of(kLineLimit));
}

Result<Place> place_of(const json::Value& line) {
  const auto format = line["v"].unsigned_integer();
  if (format && *format != kFormat) {
    return fail(ErrorCode::bad_input,
                fmt::format("it has format {}, and this program knows format {}", *format, kFormat));
  }
  const auto seq = line["seq"].unsigned_integer();
  Place place{std::string(line["stream"].text()), seq.value_or(0), std::string(line["prev"].text())};
  if (!format || !seq || place.stream.empty() || place.prev.size() != kBeginning.size() ||
      line["event"].text().empty() || !parse_instant(line["time"].text()) || !line["mono"].unsigned_integer()) {
    return fail(ErrorCode::bad_input, "it lacks v, seq, prev, time, mono, stream or event");
  }
  return place;
}

std::optional<LineStart> read_start(std::string_view line) {
  Pieces pieces(line);
  LineStart start;
  std::uint64_t format = 0;
  std::uint64_t steady = 0;
  const bool whole = pieces.literal("{\"v\":") && pieces.number(format) && format == kFormat &&
                     pieces.literal(",\"seq\":") && pieces.number(start.seq) && pieces.literal(",\"prev\":\"") &&
                     pieces.plain(start.prev) && pieces.literal("\",\"time\":\"") && pieces.plain(start.time) &&
                     pieces.literal("\",\"mono\":") && pieces.number(steady) && pieces.literal(",\"stream\":\"") &&
                     pieces.plain(start.stream) && pieces.literal("\",\"event\":\"") && pieces.plain(start.event);
  if (!whole || start.prev.size() != kBeginning.size()) return std::nullopt;
  return start;
}

std::string head_of(std::string_view line) {
  return hex(sha256(line));
}

}  // namespace sallyport::journal
