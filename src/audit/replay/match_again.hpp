#pragma once

#include <string>
#include <vector>

#include "audit/replay/finding.hpp"
#include "audit/replay/history.hpp"
#include "model/policy.hpp"

namespace sallyport::audit {

// Each request's opening: do the policies that this replica knew at that time, matched once more by the recorded facts,
// ask for the same?
[[nodiscard]] std::vector<Finding> match_again(const Histories& histories);

// What these policies would make of each recorded request, with the reviews that people gave it, and of each call that
// was let through with a warning or a note.
[[nodiscard]] std::vector<Finding> under(std::vector<model::Policy> policies, const Histories& histories);

}  // namespace sallyport::audit
