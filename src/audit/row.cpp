#include "audit/row.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "action/escape.hpp"

namespace sallyport::audit {
namespace {

// Fields that say nothing to people, or that other columns say.
constexpr std::string_view kElsewhere[] = {
    "v",           "seq",      "prev",         "time",          "mono",   "stream",
    "event",       "agent",    "username",     "request",       "digest", "request_uid",
    "reviewer",    "by",       "replica",      "seal",          "note",   "resource_version",
    "intent",      "policies", "reviewer_uid", "admission_uid", "as_of",  "user_uid",
    "reviewed_at", "caller",   "seen"};
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
    if (key != "counts") continue;
    for (const auto& [kind, count] : value.members()) add(fmt::format("{}={}", kind, count.integer().value_or(0)));
  }
  return words;
}

std::string who(const json::Value& line) {
  if (auto people = people_of(line); !people.empty()) return people;
  for (const auto* key : {"agent", "replica"}) {
    if (!line[key].text().empty()) return std::string(line[key].text());
  }
  return "-";
}

constexpr std::string_view kColumns = "{:<19}  {:<18} {:<18} {:<36} {}";

}  // namespace

bool is_hearsay(const json::Value& line) {
  const auto event = line["event"].text();
  return event == "review_stamped" || (event == "review_refused" && line["caller"].text() == "path");
}

std::string people_of(const json::Value& line) {
  std::string names;
  for (const auto& reviewer : line["reviewers"].items()) {
    names += (names.empty() ? "" : ", ") + std::string(reviewer.text());
  }
  if (names.empty()) names = line["reviewer"].text();
  if (names.empty()) names = line["by"].text();
  return is_hearsay(line) ? names + " (unproven)" : names;
}

std::string heading() {
  return fmt::format(kColumns, "TIME (UTC)", "EVENT", "WHO", "REQUEST", "DETAILS");
}

std::string row_of(const json::Value& line) {
  constexpr std::size_t kDetails = 240;
  const auto request = line["request"].text();
  const auto shown = [](std::string_view text) { return action::escape_for_people(text); };
  return fmt::format(kColumns, shown(line["time"].text().substr(0, 19)), shown(line["event"].text()), shown(who(line)),
                     request.empty() ? "-" : shown(request), action::show_text(details(line), kDetails).text);
}

}  // namespace sallyport::audit
