#pragma once

#include "policy/guard_case.hpp"

// What of a node a write comes to: pods that the Pod Security baseline would not admit, volumes that are directories of
// a node, and nodes themselves.
namespace sallyport::policy {

[[nodiscard]] Says reaches_node(const GuardCase& it);

}  // namespace sallyport::policy
