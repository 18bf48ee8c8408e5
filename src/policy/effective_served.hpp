#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/policy.hpp"
#include "model/served.hpp"
#include "policy/effective.hpp"

namespace sallyport::policy {

// One rule, and where it stands.
struct PlacedRule {
  const model::ResourceRule& rule;
  std::string place;
  bool for_cluster;  // of a ClusterApprovalPolicy
};

// What nothing that the API server serves can match: groups, resources, parts and versions that there are not, and of
// a policy for one namespace, what stands in none.
void check_served(const PlacedRule& rule, const model::Served& served, std::vector<Ineffective>& found);

// The parts of a resource that this action's rules name, by which the same can be done unasked: deployments/scale.
// `is_asked`: the policy asks about that part.
void check_ways_around(const model::PolicyAction& action, const std::string& place, const model::Served& served,
                       const std::function<bool(const model::Resource&)>& is_asked, std::vector<Ineffective>& found);

}  // namespace sallyport::policy
