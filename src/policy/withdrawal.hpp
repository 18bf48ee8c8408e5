#pragma once

#include "model/admission.hpp"

namespace sallyport::policy {

// The one write that an agent may make to Sallyport's objects: an update of an ApprovalRequest that says Withdraw and
// nothing else, either as the agent sends it (the slot filled) or as the requests webhook, which comes first, has
// turned it into a review in the agent's own name. Whether the request is the agent's own, that webhook checks.
[[nodiscard]] bool is_withdrawal(const model::AdmissionRequest& request);

}  // namespace sallyport::policy
