#pragma once

#include <string>
#include <vector>

#include "audit/replay/history.hpp"
#include "base/result.hpp"
#include "model/request.hpp"

// Requests that are in no cluster any more, as their records tell them.
namespace sallyport::audit {

// What a step that has landed made of its request.
void apply(const LoggedStep& step, model::ApprovalRequest& request);

// As it stood after the last of its records: what people were shown, their reviews, and what came of it.
[[nodiscard]] model::ApprovalRequest restored(const History& history);

// The request "namespace/name", or "name" where one namespace alone has it, in the logs in these places; of several
// that were called so, the last one. What cannot be read is said on stderr.
[[nodiscard]] Result<model::ApprovalRequest> request_in_logs(const std::vector<std::string>& places,
                                                             const std::string& name);

}  // namespace sallyport::audit
