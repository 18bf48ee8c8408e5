#pragma once

#include <vector>

#include "base/instant.hpp"
#include "engine/seal.hpp"
#include "model/identity.hpp"
#include "model/request.hpp"

namespace sallyport::engine {

// Finds out what of a request counts, for every step that changes what may happen. A seal is where that begins: an
// approval counts only from somebody who may give it, and a decision only if it follows from the reviews that are
// there, so that the key of seals alone lets nothing through. Values in, values out.
class Examiner {
 public:
  Examiner(const Sealer& sealer, const std::vector<model::Agent>& agents) : sealer_(sealer), agents_(agents) {}

  [[nodiscard]] Sealed examine(const model::ApprovalRequest& request, Instant now) const;

 private:
  const Sealer& sealer_;
  const std::vector<model::Agent>& agents_;
};

// Is there a decision that Sallyport has not made?
[[nodiscard]] bool has_forged_decision(const model::ApprovalRequest& request, const Sealed& sealed);
// The first thing in it that is not Sallyport's, in words; "": all is.
[[nodiscard]] std::string first_forged(const Sealed& sealed);

}  // namespace sallyport::engine
