#pragma once

#include <string>
#include <vector>

#include "model/identity.hpp"
#include "model/policy.hpp"
#include "model/request.hpp"

namespace sallyport::policy {

// How a policy is called in a request: "promote", or "cluster/promote" for a cluster policy, which may have the same
// name.
[[nodiscard]] std::string policy_id(const model::PolicyRef& policy);
// "promote/owner", "cluster/promote/owner": what a review's `satisfies` holds.
[[nodiscard]] std::string requirement_id(const model::PolicyRef& policy, const std::string& requirement);

// The requirements that name this user or one of their groups.
[[nodiscard]] std::vector<std::string> satisfies(const std::vector<model::PolicyCopy>& policies,
                                                 const model::User& reviewer);

enum class Outcome { undecided, approved, denied, withdrawn };

struct Evaluation {
  Outcome outcome = Outcome::undecided;
  std::vector<model::Progress> progress;  // each requirement; approved: how many people are counted for it
  std::vector<std::string> reviewers;     // who made it so: approvers that were counted, or who denied, or withdrew
};

// What these reviews, in their order, decide. A pure function: every replica, and an auditor, comes to the same. Any
// Deny wins. Each requirement needs `count` people, and nobody counts for two: people are assigned so that as many as
// possible count. Whatever is asked wrongly (no policies, no requirements, a count of zero, a name twice) is never met.
[[nodiscard]] Evaluation evaluate(const std::vector<model::PolicyCopy>& policies,
                                  const std::vector<model::Review>& counted);

}  // namespace sallyport::policy
