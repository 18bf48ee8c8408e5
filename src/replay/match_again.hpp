#pragma once

#include <string>
#include <vector>

#include "model/policy.hpp"
#include "replay/finding.hpp"
#include "replay/history.hpp"

namespace sallyport::replay {

// Each request's opening: do the policies that this replica knew at that time, matched once more by the recorded facts,
// ask for the same?
[[nodiscard]] std::vector<Finding> match_again(const Histories& histories);

// What these policies would make of each recorded request, with the reviews that people gave it, and of each call that
// was let through with a warning or a note.
[[nodiscard]] std::vector<Finding> under(std::vector<model::Policy> policies, const Histories& histories);

}  // namespace sallyport::replay
