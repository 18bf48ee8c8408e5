#pragma once

#include <string>
#include <vector>

#include "audit/filter.hpp"

namespace CLI {
class App;
}

// The flags that several commands on logs have in common.
namespace sallyport::audit {

void add_places(CLI::App& command, std::vector<std::string>& places);
// --agent and --namespace.
void add_wanted(CLI::App& command, Wanted& wanted);
// --since and --until.
void add_period(CLI::App& command, Wanted& wanted);
// --request.
void add_request(CLI::App& command, Wanted& wanted);
// --verdict.
void add_verdict(CLI::App& command, Wanted& wanted);
// Of an agent, in a namespace, about a request, of a verdict, and which events.
void add_wanted_events(CLI::App& command, Wanted& wanted);
// --key, of which `whose` says what they are for.
void add_keys(CLI::App& command, std::vector<std::string>& keys, const std::string& whose);
// -o text or json.
void add_output(CLI::App& command, bool& as_json);

}  // namespace sallyport::audit
