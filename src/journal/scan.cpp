#include "journal/scan.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "journal/line_reader.hpp"

namespace sallyport::journal {
namespace {

// How a line whose `prev` is not the hash of the line before came there, as far as its seq tells.
std::string why_it_does_not_follow(const Place& found, std::uint64_t number) {
  if (number == 1) return "line 1 is not the first line of a log: it was changed";
  const auto before = fmt::format("line {} does not follow from line {}: ", number, number - 1);
  if (found.seq > number) return before + "lines between them are missing";
  if (found.seq < number) return before + "it stands in the wrong place, or lines were put in before it";
  return before + "one of the two was changed after it was written";
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end ? number : 0;
}

}  // namespace

class Scanner::Lines {
 public:
  void begin_file() {
    scanned_.first_seq = scanned_.seq + 1;
    scanned_.begun.reset();
    scanned_.bytes = 0;
  }

  [[nodiscard]] std::uint64_t next_number() const { return scanned_.seq + 1; }

  Result<void> take(std::string_view bytes, json::Value line) {
    auto place = place_of(line);
    if (!place) return fail(place.error().while_doing(fmt::format("line {} is no line of a log", next_number())));
    if (scanned_.seq == 0 && place->seq > 1 && place->prev != kBeginning) begin_behind_retired(*place);
    const auto number = next_number();
    if (place->prev != scanned_.head) return fail(ErrorCode::bad_input, why_it_does_not_follow(*place, number));
    if (place->seq != number) {
      return fail(ErrorCode::bad_input, fmt::format("line {} says that it is number {}", number, place->seq));
    }
    if (!scanned_.stream.empty() && place->stream != scanned_.stream) {
      return fail(ErrorCode::bad_input, fmt::format("line {} belongs to another stream ({})", number, place->stream));
    }
    scanned_.stream = std::move(place->stream);
    scanned_.seq = number;
    scanned_.head = head_of(bytes);
    scanned_.bytes += bytes.size();
    if (!scanned_.begun) scanned_.begun = parse_instant(line["time"].text());
    look_at(std::move(line));
    return {};
  }

  void set_torn(TornTail torn) { scanned_.torn = std::move(torn); }
  [[nodiscard]] bool is_torn() const { return scanned_.torn.has_value(); }

  Result<Scanned> finish() {
    if (missing_up_to_ > scanned_.retired_up_to) {
      return fail(ErrorCode::bad_input,
                  fmt::format("lines 1 to {} are missing, and no line says that they were retired", missing_up_to_));
    }
    for (auto& [id, line] : open_) scanned_.open_intents.push_back(std::move(line));
    for (auto& [uid, uses] : uses_) scanned_.history.uses.push_back(std::move(uses));
    std::ranges::sort(scanned_.open_intents, {}, [](const auto& line) { return line["seq"].unsigned_integer(); });
    return std::move(scanned_);
  }

 private:
  // Whether that is as it should be is known at the end.
  void begin_behind_retired(const Place& first) {
    missing_up_to_ = first.seq - 1;
    scanned_.seq = first.seq - 1;
    scanned_.first_seq = first.seq;
    scanned_.head = first.prev;
  }

  void look_at(json::Value line) {
    const auto event = line["event"].text();
    if (event == "retired") scanned_.retired_up_to = line["to"].unsigned_integer().value_or(0);
    if (event == "checkpoint") scanned_.signed_retired_up_to = scanned_.retired_up_to;
    auto& highest = scanned_.history.highest_resource_version;
    const auto version = number_in(line["resource_version"].text());
    // The versions that a restored store has lost count no more, and neither do the uses.
    highest = event == "store_restored" ? version : std::max(highest, version);
    if (event == "store_restored") uses_.clear();
    if (event == "log_key" || event == "rotated") scanned_.log_key = line["key"].text();
    auto& accepted = scanned_.history.accepted;
    const std::string request(line["request_uid"].text());
    if (event == "review_accepted") accepted[request].emplace(line["seal"].text());
    if (event == "request_deleted" || event == "request_removed") {
      uses_.erase(request);
      accepted.erase(request);
    }
    count_uses(line);

    std::string id(line["intent"].text());
    if (event == "intent") {
      open_.insert_or_assign(std::move(id), std::move(line));
    } else if (event == "outcome" && line["result"].text() != "unknown") {
      open_.erase(id);
    }
  }

  // A line says how many uses its request has; one of a recovery only that there is one more.
  void count_uses(const json::Value& line) {
    const std::string uid(line["request_uid"].text());
    const auto said = line["uses"].unsigned_integer().value_or(0);
    const auto intent = open_.find(std::string(line["intent"].text()));
    const bool recovered =
        line["came_of_it"].text() == "done" && intent != open_.end() && intent->second["kind"].text() == "use";
    if (uid.empty() || (said == 0 && !recovered)) return;
    auto& uses = uses_[uid];
    uses.key = model::parse_request_key(line["request"].text());
    uses.request_uid = uid;
    uses.count = recovered ? uses.count + 1 : std::max<std::size_t>(uses.count, said);
  }

  Scanned scanned_;
  std::uint64_t missing_up_to_ = 0;
  std::map<std::string, json::Value> open_;
  std::map<std::string, model::LoggedUses> uses_;  // by the request's uid
};

Scanner::Scanner() : lines_(std::make_unique<Lines>()) {}
Scanner::~Scanner() = default;

Result<void> Scanner::read(const ReadSome& file) {
  if (lines_->is_torn()) {
    return fail(ErrorCode::bad_input, fmt::format("line {} is cut off, and others follow it", lines_->next_number()));
  }
  lines_->begin_file();
  LineReader reader(file);
  while (true) {
    const auto raw = reader.next();
    if (!raw) return fail(raw.error());
    if (raw->bytes.empty()) return {};
    auto line = parse_line(raw->bytes);
    const bool whole = line && raw->bytes.ends_with('\n');
    if (!whole && raw->last) {
      lines_->set_torn({raw->bytes.size(), head_of(raw->bytes)});
      return {};
    }
    if (!line) return fail(line.error().while_doing(fmt::format("line {}", lines_->next_number())));
    if (const auto taken = lines_->take(raw->bytes, std::move(*line)); !taken) return fail(taken.error());
  }
}

Result<Scanned> Scanner::finish() {
  return lines_->finish();
}

}  // namespace sallyport::journal
