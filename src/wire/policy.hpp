#pragma once

#include <cstdint>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "json/value.hpp"
#include "model/policy.hpp"

// ApprovalPolicy and ClusterApprovalPolicy objects (sallyport.dev/v1alpha1), as the API server sends them.
namespace sallyport::wire {

// What cannot be understood (a word, a field, a path that this version does not know) is among the policy's faults, and
// is no error: it must stand in the index, to refuse what is in its scope. An error: it cannot even be told which
// policy it is.
[[nodiscard]] Result<model::Policy> read_policy(const json::Value& object);

// A label selector of any kind of object (meta/v1 LabelSelector). An error: it has what this version does not know.
[[nodiscard]] Result<model::Selector> read_selector(const json::Value& selector);

// One condition of a status, as metav1.Condition has it.
struct Condition {
  std::string status;  // "True", "False" or "Unknown"; "": it is not there
  std::string reason;  // one word, such as "InForce"
  std::string message;
  Instant last_transition{};

  // Whatever the wording and the time.
  [[nodiscard]] bool says_the_same(const Condition& other) const {
    return status == other.status && reason == other.reason;
  }
};
struct PolicyStatus {
  Condition ready;         // is it in force?
  Condition is_protected;  // can no agent take the gate itself away?
  Condition guard;         // does the built-in guard refuse? Told only while it does not
  Condition effective;     // does it do what it seems to? Told only where it is known that it does not
  std::int64_t observed_generation = 0;
};
// As a merge patch of /status: what one replica says all say, so that nobody has to be first. A condition that is not
// there is left out.
[[nodiscard]] json::Value write_policy_status(const PolicyStatus& status);
// What stands there now; all zero if nothing does. With it nobody writes what is written already.
[[nodiscard]] PolicyStatus read_policy_status(const json::Value& object);

}  // namespace sallyport::wire
