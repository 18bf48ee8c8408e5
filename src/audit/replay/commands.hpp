#pragma once

#include <string>
#include <vector>

#include "base/registry.hpp"
#include "base/result.hpp"
#include "model/policy.hpp"

namespace sallyport::audit {

// The policies in these files, folders and theirs; "-" is standard input.
using ReadPolicies = Result<std::vector<model::Policy>> (*)(const std::vector<std::string>& places);

// `log replay`. Its exit codes: 0 all the same, 1 something differs, 2 wrong usage, 3 something could not be read, 4
// nothing differs, but not all could be told.
void add_replay(CLI::App& log, const Registry& registry, ReadPolicies read_policies);

// `policy diff`. Its exit codes: 0 nothing more is asked, 1 something more is, 2 wrong usage, 3 something could not be
// read, 4 nothing was found, but not all could be told.
void add_diff(CLI::App& policy, const Registry& registry, ReadPolicies read_policies);

}  // namespace sallyport::audit
