#pragma once

#include "policy/guard_case.hpp"

// The guard's judges of whom a call acts as.
namespace sallyport::policy {

// A pod that a controller may see where nobody else does (effects/pod_carrier.hpp).
[[nodiscard]] Why respelled_pod(const GuardCase& it);

[[nodiscard]] Says takes_token(const GuardCase& it);        // of an account that is no agent
[[nodiscard]] Says holds_token(const GuardCase& it);        // a Secret that logs somebody in
[[nodiscard]] Says runs_as_other(const GuardCase& it);      // a pod spec that has changed
[[nodiscard]] Says connects_to_other(const GuardCase& it);  // exec and its like into a pod
[[nodiscard]] Says asks_certificate(const GuardCase& it);
[[nodiscard]] Says goes_by_proxy(const GuardCase& it);

}  // namespace sallyport::policy
