#pragma once

#include <string>
#include <vector>

#include "model/policy.hpp"
#include "model/request.hpp"

namespace sallyport::policy {

// Of all approvers that the policies name, those whose approval would bring this requirement (requirement_id) one
// person nearer, as `evaluate` counts: somebody of another requirement's group, too, where a person who is counted
// there then counts here. Nobody who has approved already. Of a group: who is in it and has not approved.
[[nodiscard]] std::vector<model::Approver> eligible_for(const std::string& requirement,
                                                        const std::vector<model::PolicyCopy>& policies,
                                                        const std::vector<model::Review>& counted);

}  // namespace sallyport::policy
