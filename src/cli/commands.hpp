#pragma once

#include <memory>
#include <string>

#include "base/registry.hpp"
#include "cli/app.hpp"
#include "cli/session.hpp"

namespace sallyport::cli {

void add_list(CLI::App& app, const Registry& registry);
void add_show(CLI::App& app, const Registry& registry, RequestInLogs request_in_logs);
void add_decisions(CLI::App& app, const Registry& registry);  // approve, deny, revoke, withdraw
void add_wait(CLI::App& app, const Registry& registry);
void add_why(CLI::App& app, const Registry& registry, RequestInLogs request_in_logs);
void add_ask(CLI::App& app, const Registry& registry);
void add_check(CLI::App& app, const Registry& registry);
void add_policy(CLI::App& app, const Registry& registry);
void add_policy_lint(CLI::App& policy, const Registry& registry);
void add_policy_test(CLI::App& policy, const Registry& registry);
void add_keys(CLI::App& app, const Registry& registry);  // create, backup, restore
void add_version(CLI::App& app, const Registry& registry);
void add_completion(CLI::App& app, const Registry& registry);
void add_docs(CLI::App& app, const Registry& registry);

// The flags that say which cluster, and how to print.
void add_access(CLI::App& command, Access& access, const Registry& registry);
// NAME, of a request.
void add_name(CLI::App& command, std::string& name);
// -o with these words.
void add_output(CLI::App& command, std::string& output, const std::vector<std::string>& words,
                const std::string& description);

inline constexpr const char* kNameWords =
    "The request: its name, or the beginning of it or of its last part; also namespace/NAME and areq/NAME";
inline constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 timed out, 4 the API server cannot be reached or "
    "does not let you in.";
inline constexpr const char* kRequestCommands = "Requests";
inline constexpr const char* kPolicyCommands = "Policies";
inline constexpr const char* kInstallationCommands = "Installation";  // added by src/doctor
inline constexpr const char* kKeysCommands = "Keys";
inline constexpr const char* kLogCommands = "Logs";  // added by src/audit
inline constexpr const char* kOwnCommands = "This program";
inline constexpr const char* kAccessOptions = "Which cluster, and how to print";

}  // namespace sallyport::cli
