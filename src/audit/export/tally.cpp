#include "audit/export/tally.hpp"

#include <algorithm>
#include <tuple>

#include "action/escape.hpp"
#include "audit/filter.hpp"
#include "audit/row.hpp"

namespace sallyport::audit {
namespace {

constexpr std::size_t kDecisions = 1000;
constexpr std::size_t kEvents = 200;
constexpr std::size_t kShown = 160;
constexpr std::size_t kLongestId = 256;

std::string shown(std::string_view text) {
  return action::show_text(text, kShown).text;
}

}  // namespace

void Tally::take(const json::Value& line, bool chosen, const Asked* asked) {
  const auto event = line["event"].text();
  if (chosen) count(line);
  if (chosen && event == "intent") note_decision(line, asked);
  if (event == "outcome") note_outcome(line);
}

void Tally::count(const json::Value& line) {
  ++records_;
  const auto time = line["time"].text();
  if (first_time_.empty() || time < first_time_) first_time_ = time;
  if (time > last_time_) last_time_ = time;
  auto event = shown(line["event"].text());
  if (event == "intent") event += " (" + shown(line["kind"].text()) + ")";
  // More kinds than there are: somebody has made them up.
  if (by_event_.size() >= kEvents && !by_event_.contains(event)) event = "others";
  ++by_event_[event];
}

void Tally::note_decision(const json::Value& line, const Asked* asked) {
  const auto kind = line["kind"].text();
  if (kind != "decision" && kind != "revocation") return;
  if (decisions_.size() == kDecisions) {
    ++more_decisions_;
    return;
  }
  const auto stream = line["stream"].text();
  const auto id = line["intent"].text();
  if (stream.size() <= kLongestId && id.size() <= kLongestId)
    undecided_[{std::string(stream), std::string(id)}] = decisions_.size();
  decisions_.push_back({.time = shown(line["time"].text()),
                        .request = shown(line["request"].text()),
                        .verdict = kind == "revocation" ? "Revoked" : shown(line["verdict"].text()),
                        .who = shown(people_of(line)),
                        .why = shown(line["reason"].text()),
                        .agent = shown(agent_of(line, asked)),
                        .action = asked == nullptr ? "" : shown(asked->summary),
                        .result = ""});
}

void Tally::note_outcome(const json::Value& line) {
  const auto found = undecided_.find({std::string(line["stream"].text()), std::string(line["intent"].text())});
  if (found == undecided_.end()) return;
  const auto came_of_it = line["came_of_it"].text();
  decisions_[found->second].result = shown(came_of_it.empty() ? line["result"].text() : came_of_it);
}

std::vector<Decision> Tally::decisions() const {
  auto sorted = decisions_;
  std::ranges::sort(sorted, {},
                    [](const Decision& one) { return std::tie(one.time, one.request, one.verdict, one.who); });
  return sorted;
}

}  // namespace sallyport::audit
