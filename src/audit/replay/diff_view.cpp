#include "audit/replay/diff_view.hpp"

#include <fmt/format.h>

#include "action/escape.hpp"

namespace sallyport::audit {
namespace {

constexpr std::string_view kColumns = "{:>7}  {:<7}  {:<32} {:<20} {:<40} {:<28} {}\n";

std::string shown(std::string_view text) {
  return text.empty() ? "-" : action::escape_for_people(text);
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string name_of(const PolicyName& policy) {
  if (policy.name.empty()) return "";
  return (policy.namespace_name.empty() ? "cluster" : policy.namespace_name) + "/" + policy.name;
}

std::string where(const Place& at) {
  return at.file + ":" + std::to_string(at.line);
}

// "shop/report: spec.schedule, spec.suspend (logs/replica-0.jsonl:17)"
std::string told(const Example& example) {
  auto text = (example.namespace_name.empty() ? "" : example.namespace_name + "/") + example.name;
  for (std::size_t i = 0; i < example.changed.size(); ++i) text += (i == 0 ? ": " : ", ") + example.changed[i];
  return text + " (" + where(example.at) + ")";
}

json::Value example_json(const Example& example) {
  auto changed = json::Value::array();
  for (const auto& place : example.changed) changed.push(place);
  auto object = json::Value::object();
  object.set("namespace", example.namespace_name).set("name", example.name).set("effects", example.effects);
  object.set("changed", std::move(changed)).set("time", format_instant(example.at.time));
  object.set("file", example.at.file).set("line", example.at.line);
  return object.set("stream", example.at.stream).set("seq", example.at.seq);
}

json::Value policy_json(const PolicyName& policy) {
  return json::Value::object().set("namespace", policy.namespace_name).set("name", policy.name);
}

}  // namespace

std::string diff_view(const PolicyDiff& diff) {
  std::string text;
  if (!diff.rows.empty()) text = fmt::format(kColumns, "COUNT", "MODE", "POLICY", "AGENT", "ACTION", "DOES", "EXAMPLE");
  for (const auto& row : diff.rows) {
    text += fmt::format(kColumns, row.count, to_string(row.asks), shown(name_of(row.policy)), shown(row.agent),
                        shown(row.action), shown(row.example.effects), shown(told(row.example)));
  }
  for (const auto& doubt : diff.doubts) {
    const auto policy = name_of(doubt.policy);
    text += fmt::format("cannot be told: {} of {} (the first at {}): {}\n", counted(doubt.count, "call"),
                        policy.empty() ? "any policy" : shown(policy), shown(where(doubt.example.at)), doubt.why);
  }
  text += fmt::format("{} in these logs: {} asked about now and not before, {} cannot be told",
                      counted(diff.calls, "call"), diff.newly, diff.untold);
  return text + (diff.dry_runs > 0 ? ", and " + counted(diff.dry_runs, "dry run") + " not looked at\n" : "\n");
}

json::Value diff_json(const PolicyDiff& diff) {
  auto rows = json::Value::array(), doubts = json::Value::array();
  for (const auto& row : diff.rows) {
    auto object = json::Value::object();
    object.set("policy", policy_json(row.policy)).set("mode", to_string(row.asks)).set("agent", row.agent);
    object.set("action", row.action).set("count", row.count).set("example", example_json(row.example));
    rows.push(std::move(object));
  }
  for (const auto& doubt : diff.doubts) {
    auto object = json::Value::object();
    object.set("policy", policy_json(doubt.policy)).set("why", doubt.why).set("count", doubt.count);
    doubts.push(object.set("example", example_json(doubt.example)));
  }
  auto counts = json::Value::object();
  counts.set("calls", diff.calls).set("newlyAsked", diff.newly).set("cannotBeTold", diff.untold);
  counts.set("dryRuns", diff.dry_runs);
  auto whole = json::Value::object().set("counts", std::move(counts));
  return whole.set("newlyAsked", std::move(rows)).set("cannotBeTold", std::move(doubts));
}

}  // namespace sallyport::audit
