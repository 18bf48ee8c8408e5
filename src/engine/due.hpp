#pragma once

#include <string>

#include "engine/outcomes.hpp"
#include "engine/seal.hpp"

namespace sallyport::engine {

// Where a request really stands: derived from its sealed entries alone, whatever `status.state` says. Pending as long
// as no sealed decision stands in it.
[[nodiscard]] model::State sealed_state(const model::ApprovalRequest& request, const Sealed& sealed, Instant now);

// The step that is due for a request at `now`, if any: a pure function of the request.
struct Due {
  enum class Step { nothing, decide, revoke, expire };
  Step step = Step::nothing;
  Deciding deciding;   // of `decide`
  std::string by;      // of `revoke`
  std::string reason;  // of `revoke`
};
[[nodiscard]] Due due_step(const model::ApprovalRequest& request, const Sealed& sealed, Instant now);

// Why the decision that stands in the request is none that its sealed reviews come to, by the function that
// `due_step` decides by; "": it is. A seal alone proves no decision: somebody may have the key.
[[nodiscard]] std::string why_not_derived(const model::ApprovalRequest& request, const Sealed& sealed, Instant now);

}  // namespace sallyport::engine
