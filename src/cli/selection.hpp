#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/request.hpp"

namespace CLI {
class App;
}

// Which requests of a namespace are meant, and in which order people read them.
namespace sallyport::cli {

// As flags have it.
struct Selection {
  std::string agent;
  std::vector<std::string> states;  // "pending", "open", ...; none: all
  std::string older_than;           // a duration, or ""
  std::string plan;

  [[nodiscard]] bool empty() const { return agent.empty() && states.empty() && older_than.empty() && plan.empty(); }
};

enum class States { any, as_the_command_says };
// --agent (also -l agent=AGENT), --older-than, --plan, and where any may be asked for, --state.
void add_selection(CLI::App& command, Selection& selection, States states);

[[nodiscard]] bool is_selected(const model::ApprovalRequest& request, const Selection& selection, Instant now);

// Something can still happen to it: it waits for a decision, or for its use.
[[nodiscard]] bool is_open(model::State state);

// --sort: "ends", "oldest", "newest", "object", "agent" or "name".
void add_order(CLI::App& command, std::string& order);
// Pending before approved before all others; within them by the word, or without one what ends first before what ends
// later, and of those that have ended the newest first.
void sort_for_people(std::vector<model::ApprovalRequest>& requests, std::string_view order);

}  // namespace sallyport::cli
