#pragma once

#include <cstdint>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "model/policy.hpp"

// ApprovalPolicy and ClusterApprovalPolicy objects (sallyport.dev/v1alpha1), as the API server sends them.
namespace sallyport::wire {

// What can not be understood (a word, a field, a path that this version does not know) makes the policy `broken`, and
// is no error: it must stand in the index, to refuse what is in its scope. An error: it can not even be told which
// policy it is.
[[nodiscard]] Result<model::Policy> read_policy(const json::Value& object);

// The condition Ready of a policy.
struct PolicyCondition {
  bool ready = false;
  std::string reason;  // one word: "InForce", "Broken"
  std::string message;
  std::int64_t observed_generation = 0;
  Instant last_transition{};
};
// As a merge patch of /status: what one replica says all say, so that nobody has to be first.
[[nodiscard]] json::Value write_policy_status(const PolicyCondition& condition);
// What stands there now; all zero if nothing does. With it nobody writes what is written already.
[[nodiscard]] PolicyCondition read_policy_status(const json::Value& object);

}  // namespace sallyport::wire
