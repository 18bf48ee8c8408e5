#pragma once

#include <string>

#include "cli/ink.hpp"
#include "model/request.hpp"

// What is said before and after a decision.
namespace sallyport::cli {

// The state in which a request can have this verdict.
[[nodiscard]] model::State decidable_state(model::Verdict verdict);

// Why a request cannot have this verdict as it stands; "" where it can.
[[nodiscard]] std::string why_not(const model::ApprovalRequest& request, model::Verdict verdict, bool accept_truncated,
                                  Instant now);

// What came of it, as it stands after a verdict that found it in that state.
[[nodiscard]] std::string result_words(const model::ApprovalRequest& request, model::State before, const Page& page);

}  // namespace sallyport::cli
