#include "audit/would_ask.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "action/escape.hpp"
#include "audit/filter.hpp"

namespace sallyport::audit {
namespace {

std::string text_of(const json::Value& line, std::string_view key) {
  return std::string(line[key].text());
}

std::string mode_of(std::string_view event) {
  if (event == "warned") return "Warn";
  return event == "audited" ? "Audit" : "";
}

std::string policy_of(const json::Value& line) {
  if (line["event"].text() == "guard_would_refuse") return "guard/" + text_of(line, "rule");
  return (text_of(line, "policy_namespace").empty() ? "cluster/" : "") + text_of(line, "policy");
}

bool would_ask(std::string_view event) {
  return event == "warned" || event == "audited" || event == "guard_would_refuse";
}

}  // namespace

void WouldAskCount::add(const json::Value& line) {
  const auto event = line["event"].text();
  if (!would_ask(event) || line["dry_run"].truth()) return;
  WouldAsk row{.policy = policy_of(line),
               .mode = mode_of(event),
               .agent = text_of(line, "agent"),
               .action = text_of(line, "operation") + " " + text_of(line, "resource"),
               .namespace_name = std::string(namespace_of(line)),
               .first = text_of(line, "time"),
               .last = text_of(line, "time")};
  const Key key{row.policy, row.mode, row.agent, row.action, row.namespace_name};
  auto& counted = rows_.try_emplace(key, row).first->second;
  ++counted.count;
  counted.first = std::min(counted.first, row.first);
  counted.last = std::max(counted.last, row.last);
}

std::vector<WouldAsk> WouldAskCount::rows() const {
  std::vector<WouldAsk> rows;
  rows.reserve(rows_.size());
  for (const auto& [key, row] : rows_) rows.push_back(row);
  std::ranges::sort(rows, [](const WouldAsk& a, const WouldAsk& b) {
    return std::tie(b.count, a.policy, a.mode, a.agent, a.action, a.namespace_name) <
           std::tie(a.count, b.policy, b.mode, b.agent, b.action, b.namespace_name);
  });
  return rows;
}

std::string would_ask_table(const std::vector<WouldAsk>& rows) {
  constexpr std::string_view kColumns = "{:>7}  {:<5}  {:<32} {:<20} {:<40} {:<24} {}\n";
  const auto shown = [](std::string_view text) { return action::escape_for_people(text); };
  auto table = fmt::format(kColumns, "COUNT", "MODE", "POLICY", "AGENT", "ACTION", "NAMESPACE", "LAST (UTC)");
  for (const auto& row : rows) {
    table += fmt::format(kColumns, row.count, row.mode.empty() ? "-" : row.mode, shown(row.policy), shown(row.agent),
                         shown(row.action), row.namespace_name.empty() ? "-" : shown(row.namespace_name),
                         shown(row.last.substr(0, 19)));
  }
  return table;
}

json::Value would_ask_json(const std::vector<WouldAsk>& rows) {
  json::Value list = json::Value::array();
  for (const auto& row : rows) {
    json::Value object = json::Value::object();
    object.set("policy", row.policy).set("mode", row.mode).set("agent", row.agent).set("action", row.action);
    object.set("namespace", row.namespace_name).set("count", row.count);
    object.set("first", row.first).set("last", row.last);
    list.push(std::move(object));
  }
  return json::Value::object().set("wouldAsk", std::move(list));
}

}  // namespace sallyport::audit
