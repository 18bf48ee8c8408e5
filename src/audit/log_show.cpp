// `sallyport log show`: what happened, in the order of time, for people; or the lines themselves for programs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "action/escape.hpp"
#include "audit/commands.hpp"
#include "audit/file_reader.hpp"
#include "audit/log_files.hpp"
#include "journal/line.hpp"
#include "journal/line_reader.hpp"
#include "json/value.hpp"

namespace sallyport::audit {
namespace {

constexpr int kUsageError = 2;
constexpr int kUnreadable = 3;

struct Filter {
  std::optional<Instant> since, until;
  const ShowOptions& options;

  [[nodiscard]] bool passes(const json::Value& line) const {
    const auto time = parse_instant(line["time"].text());
    if (!time || (since && *time < *since) || (until && *time > *until)) return false;
    const auto is = [&](const std::string& wanted, std::string_view found) {
      return wanted.empty() || wanted == found;
    };
    const auto request = line["request"].text();
    const auto slash = request.find('/');
    const auto request_namespace = slash == std::string_view::npos ? std::string_view() : request.substr(0, slash);
    const auto place = line["namespace"].text().empty() ? request_namespace : line["namespace"].text();
    const auto name = slash == std::string_view::npos ? request : request.substr(slash + 1);
    return is(options.agent, line["agent"].text()) && is(options.namespace_name, place) &&
           (is(options.request, request) || options.request == name) && is(options.verdict, line["verdict"].text()) &&
           is(options.event, line["event"].text());
  }
};

// A time, or how long ago it was.
Result<std::optional<Instant>> moment(const std::string& flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const auto exact = parse_instant(text)) return exact;
  if (const auto ago = parse_duration(text))
    return std::chrono::floor<Duration>(std::chrono::system_clock::now()) - *ago;
  return fail(ErrorCode::bad_input,
              flag + " " + text + " is neither a time as in 2026-11-21T10:00:00Z nor a span as in 2h30m");
}

// One file, line after line; what can not be read ends it.
class Cursor {
 public:
  explicit Cursor(const std::string& path) : file_(path), source_(file_.as_source()), lines_(source_) { advance(); }

  void advance() {
    auto raw = lines_.next();
    text_ = raw ? std::move(raw->bytes) : "";
    auto parsed = text_.empty() ? fail(ErrorCode::not_found, "") : journal::parse_line(text_);
    over_ = !parsed || !text_.ends_with('\n');
    why_ = raw ? (text_.empty() || !over_ ? "" : "a line can not be read") : raw.error().message();
    line_ = parsed ? std::move(*parsed) : json::Value();
  }

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] const std::string& why() const { return why_; }  // "": it has ended
  [[nodiscard]] const json::Value& line() const { return line_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  FileReader file_;
  journal::ReadSome source_;
  journal::LineReader lines_;
  std::string text_, why_;
  json::Value line_;
  bool over_ = false;
};

// Fields that say nothing to people, or that other columns say.
constexpr std::string_view kElsewhere[] = {
    "v",       "seq",      "prev",         "time",         "mono", "stream",  "event", "agent", "username",
    "request", "digest",   "request_uid",  "reviewer",     "by",   "replica", "seal",  "note",  "resource_version",
    "intent",  "policies", "reviewer_uid", "admission_uid"};
// What a summary says in words.
constexpr std::string_view kSummarized[] = {"operation", "resource", "namespace", "name"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The event's own fields.
std::string details(const json::Value& line) {
  std::string words;
  const auto add = [&words](const std::string& word) { words += (words.empty() ? "" : " ") + word; };
  const bool has_summary = !line["summary"].text().empty();
  if (has_summary) add(std::string(line["summary"].text()));
  for (const auto& [key, value] : line.members()) {
    if (key == "summary" || is_one_of(kElsewhere, key) || (has_summary && is_one_of(kSummarized, key))) continue;
    if (!value.text().empty()) add(key + "=" + std::string(value.text()));
    if (const auto number = value.integer()) add(fmt::format("{}={}", key, *number));
    if (value.truth()) add(key);
  }
  return words;
}

std::string who(const json::Value& line) {
  for (const auto* key : {"reviewer", "by", "agent", "replica"}) {
    if (!line[key].text().empty()) return std::string(line[key].text());
  }
  return "-";
}

void print_row(const json::Value& line) {
  constexpr std::size_t kDetails = 240;
  const auto request = line["request"].text();
  const auto shown = [](std::string_view text) { return action::escape_for_people(text); };
  std::puts(fmt::format("{}  {:<18} {:<18} {:<36} {}", line["time"].text().substr(0, 19), shown(line["event"].text()),
                        shown(who(line)), request.empty() ? "-" : shown(request),
                        action::show_text(details(line), kDetails).text)
                .c_str());
}

}  // namespace

int log_show(const ShowOptions& options) {
  const auto since = moment("--since", options.since);
  const auto until = moment("--until", options.until);
  if (!since || !until) {
    std::fprintf(stderr, "sallyport: %s\n", (!since ? since : until).error().message().c_str());
    return kUsageError;
  }
  const Filter filter{*since, *until, options};
  const auto logs = find_logs(options.places);
  int code = 0;
  const auto complain = [&code](const std::string& path, const std::string& why) {
    std::fprintf(stderr, "sallyport: %s: %s\n", action::escape_for_people(path).c_str(),
                 action::escape_for_people(why).c_str());
    code = kUnreadable;
  };
  for (const auto& [path, why] : logs.unreadable) complain(path, why);

  std::vector<std::pair<std::string, std::unique_ptr<Cursor>>> cursors;
  for (const auto& stream : logs.streams) {
    for (const auto& file : stream.files) cursors.emplace_back(file.path, std::make_unique<Cursor>(file.path));
  }
  if (!options.as_json && !cursors.empty())
    std::puts(
        fmt::format("{:<19}  {:<18} {:<18} {:<36} {}", "TIME (UTC)", "EVENT", "WHO", "REQUEST", "DETAILS").c_str());
  for (;;) {
    // Few streams: the next line is that with the earliest time of all.
    Cursor* next = nullptr;
    for (auto& [path, cursor] : cursors) {
      if (!cursor->over() && (next == nullptr || cursor->line()["time"].text() < next->line()["time"].text()))
        next = cursor.get();
    }
    if (next == nullptr) break;
    if (filter.passes(next->line()))
      options.as_json ? void(std::fputs(next->text().c_str(), stdout)) : print_row(next->line());
    next->advance();
  }
  for (const auto& [path, cursor] : cursors) {
    if (!cursor->why().empty()) complain(path, cursor->why());
  }
  return code;
}

}  // namespace sallyport::audit
