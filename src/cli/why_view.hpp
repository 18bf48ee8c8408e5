#pragma once

#include <string>

#include "cli/ink.hpp"
#include "model/request.hpp"

namespace sallyport::cli {

// How a request came to stand as it does: the policies that asked, what each review counted for, and where in the log
// the decision and the uses are.
[[nodiscard]] std::string why_view(const model::ApprovalRequest& request, const Page& page);

}  // namespace sallyport::cli
