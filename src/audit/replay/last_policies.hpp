#pragma once

#include <string>
#include <vector>

#include "audit/replay/history.hpp"
#include "model/policy.hpp"

namespace sallyport::audit {

// The policies that there were when the log ended, as the replica tells them that was the last to tell of any.
struct LastPolicies {
  std::vector<model::Policy> policies;
  std::vector<std::string> unread;  // kind, namespace and name of those whose spec is not in the log
};
[[nodiscard]] LastPolicies last_policies(const Histories& histories);

}  // namespace sallyport::audit
