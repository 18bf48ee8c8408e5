#pragma once

#include <string>
#include <vector>

#include "policy/ruling.hpp"

namespace sallyport::whatif {

// What comes of an action, in the names that people write. Each list is sorted.
struct Outcome {
  std::string refused;               // the code of a refusal that no approval helps against: "Guarded"
  std::vector<std::string> gated;    // the requirements that must be met: "promote-image/owner", "cluster/prod/sre"
  std::vector<std::string> warned;   // policies in Warn: "promote-image", "cluster/prod"
  std::vector<std::string> audited;  // and in Audit

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

[[nodiscard]] Outcome outcome_of(const policy::Ruling& ruling);
// "gated by promote-image/owner", "not gated, warned by trial", "refused (Guarded)".
[[nodiscard]] std::string to_string(const Outcome& outcome);
// Why it is refused, as a sentence; "" if it is not.
[[nodiscard]] std::string why_refused(const policy::Ruling& ruling);

}  // namespace sallyport::whatif
