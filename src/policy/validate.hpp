#pragma once

#include <string>
#include <vector>

#include "model/policy.hpp"

namespace sallyport::policy {

// Why a policy with this spec cannot work, or would not do what it says: one plain sentence each, with the place.
// Empty: it can. The CRDs refuse some of it already; an object may be older than its CRD's rules.
[[nodiscard]] std::vector<std::string> validate(const model::PolicySpec& spec);

// Adds them to the faults that reading it has found, but for those that only follow from these: what could not be read
// is not there.
void add_faults(model::Policy& policy);

// What the spec says in a way that a later version will not read: a sentence each, with what to write instead.
[[nodiscard]] std::vector<std::string> find_deprecated(const model::PolicySpec& spec);

}  // namespace sallyport::policy
