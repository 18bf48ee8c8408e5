// What an engine of tests/seams has written, as the log of one replica.
#pragma once

#include <string>
#include <vector>

#include "audit/replay/history.hpp"
#include "seams/world.hpp"

namespace sallyport::audit {

inline json::Value texts(const std::vector<std::string>& list) {
  auto array = json::Value::array();
  for (const auto& text : list) array.push(text);
  return array;
}

// As a replica writes it when it starts.
inline json::Value configuration(const seams::World& world) {
  auto agents = json::Value::array();
  for (const auto& agent : world.settings.agents) {
    auto one = json::Value::object();
    one.set("name", agent.name).set("users", texts(agent.users)).set("groups", texts(agent.groups));
    one.set("service_accounts", texts(agent.service_accounts)).set("namespaces", texts(agent.namespaces));
    agents.push(std::move(one));
  }
  return json::Value::object().set("agents", std::move(agents));
}

// The records of a journal as the lines of a stream.
inline void add(Histories& histories, const seams::World& world, const seams::MemoryJournal& journal,
                const std::string& stream) {
  std::uint64_t seq = 0;
  const auto add_line = [&](const std::string& event, const json::Value& fields) {
    auto line = json::Value::object();
    line.set("seq", seq).set("time", "2026-11-21T10:00:00Z").set("stream", stream).set("event", event);
    for (const auto& [key, value] : fields.members()) line.set(key, value);
    histories.add({.text = "", .line = std::move(line), .file = stream, .number = ++seq});
  };
  add_line("configuration_loaded", configuration(world));
  for (const auto& record : journal.records) add_line(record.event, record.fields);
}

}  // namespace sallyport::audit
