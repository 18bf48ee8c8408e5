#pragma once

#include <string>
#include <vector>

#include "base/registry.hpp"
#include "base/result.hpp"
#include "model/request.hpp"

namespace CLI {
class ParseError;
}  // namespace CLI

// `kubectl sallyport`: what people and agents do with requests, from a terminal or a script.
namespace sallyport::cli {

// From argv[0].
[[nodiscard]] Program program_of(const std::string& called, std::string version);

// A request as the logs in these places tell it, that is in the cluster no more. `name`: "namespace/name", or "name".
using RequestInLogs = Result<model::ApprovalRequest> (*)(const std::vector<std::string>& places,
                                                         const std::string& name);

// The subcommands that people and agents use.
void add_commands(CLI::App& app, const Registry& registry, RequestInLogs request_in_logs);

// The exit code for a command line that is help, or wrong; says why, and what may have been meant.
[[nodiscard]] int explain_usage(const CLI::App& app, const CLI::ParseError& error,
                                const std::vector<std::string>& arguments);

}  // namespace sallyport::cli
