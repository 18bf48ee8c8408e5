#include "audit/request_index.hpp"

namespace sallyport::audit {
namespace {

std::string_view verdict_of(const json::Value& intent) {
  const auto kind = intent["kind"].text();
  if (kind == "decision") return intent["verdict"].text();
  if (kind == "revocation") return "Revoked";
  return kind == "expiry" ? "Expired" : "";
}

bool came_to_nothing(const json::Value& outcome) {
  const auto result = outcome["result"].text();
  const auto what = result == "recovered" ? outcome["came_of_it"].text() : result;
  return what == "lost" || what == "failed";
}

// What opened a request tells most, wherever it stands.
void take_text(std::string& value, std::string_view found, bool opens) {
  if (opens || value.empty()) value = found;
}

}  // namespace

std::string_view namespace_of(const json::Value& line) {
  if (const auto own = line["namespace"].text(); !own.empty()) return own;
  const auto request = line["request"].text();
  const auto slash = request.find('/');
  return slash == std::string_view::npos ? std::string_view() : request.substr(0, slash);
}

void RequestIndex::add(const json::Value& line) {
  const auto name = line["request"].text();
  if (name.empty()) return;
  if (const auto uid = line["request_uid"].text(); !uid.empty()) uid_of_[std::string(name)] = uid;
  const auto id = id_of(line);
  auto& asked = requests_[id];
  const auto event = line["event"].text();
  const bool opens = event == "request_opened";
  // A use names the agent too: what opened the request may be in a file that was retired.
  if (const auto agent = line["agent"].text(); !agent.empty()) {
    take_text(asked.agent, agent, opens);
    take_text(asked.username, line["username"].text(), opens);
    take_text(asked.operation, line["operation"].text(), opens);
    take_text(asked.resource, line["resource"].text(), opens);
    take_text(asked.namespace_name, line["namespace"].text(), opens);
    take_text(asked.name, line["name"].text(), opens);
    take_text(asked.summary, line["summary"].text(), opens);
  }
  if (event == "intent") take_intent(id, line);
  if (event == "outcome") take_outcome(line);
}

const Asked* RequestIndex::find(const json::Value& line) const {
  if (line["request"].text().empty()) return nullptr;
  const auto found = requests_.find(id_of(line));
  return found == requests_.end() ? nullptr : &found->second;
}

// A line without the uid, such as an answer, is about the last request of that name.
std::string RequestIndex::id_of(const json::Value& line) const {
  if (const auto uid = line["request_uid"].text(); !uid.empty()) return std::string(uid);
  const auto name = line["request"].text();
  const auto known = uid_of_.find(name);
  return known == uid_of_.end() ? std::string(name) : known->second;
}

void RequestIndex::take_intent(const std::string& id, const json::Value& line) {
  const auto verdict = verdict_of(line);
  if (verdict.empty()) return;
  // A growing log's lines are learned twice.
  const auto [place, is_new] = verdicts_.try_emplace(
      Intent{std::string(line["stream"].text()), std::string(line["intent"].text())}, id, std::string(verdict));
  if (is_new) requests_[id].verdicts.emplace(verdict);
}

// Two replicas may decide at once, the same or not: what was lost is not the request's verdict, and takes nothing from
// what the other has recorded.
void RequestIndex::take_outcome(const json::Value& line) {
  const auto found = verdicts_.find({std::string(line["stream"].text()), std::string(line["intent"].text())});
  if (found == verdicts_.end()) return;
  if (!came_to_nothing(line) || found->second.is_lost) return;
  found->second.is_lost = true;
  auto& verdicts = requests_[found->second.request].verdicts;
  if (const auto one = verdicts.find(found->second.verdict); one != verdicts.end()) verdicts.erase(one);
}

}  // namespace sallyport::audit
