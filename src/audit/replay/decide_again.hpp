#pragma once

#include <vector>

#include "audit/replay/finding.hpp"
#include "audit/replay/history.hpp"

namespace sallyport::audit {

// Every review that counted and every decision, use, revocation and expiry, judged once more: by the functions that the
// engine judges by, from nothing but what the log tells.
[[nodiscard]] std::vector<Finding> decide_again(const Histories& histories);

}  // namespace sallyport::audit
