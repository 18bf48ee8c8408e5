#pragma once

#include <string>
#include <vector>

#include "model/policy.hpp"

namespace sallyport::policy {

// Why a policy with this spec cannot work, or would not do what it says: one plain sentence each, with the place.
// Empty: it can. The CRDs refuse some of it already; an object may be older than its CRD's rules.
[[nodiscard]] std::vector<std::string> validate(const model::PolicySpec& spec);

}  // namespace sallyport::policy
