#pragma once

#include <set>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "kube/api.hpp"
#include "model/role.hpp"

namespace sallyport::kube {

// Whom bindings give this role at this moment (rbac.authorization.k8s.io/v1), or a ClusterRole that gathers its rules:
// quorum reads, 2 s each at most. The Api's thread.
[[nodiscard]] Awaitable<std::vector<model::RoleHolder>> read_role_holders(Api& api, model::RoleName role);

// Pure; any thread. Of all ClusterRoles, the names of those that have this one's rules: itself, and what gathers it by
// an aggregationRule, on and on.
[[nodiscard]] std::set<std::string> names_with_rules_of(const model::RoleName& role, const json::Value& cluster_roles);
// The subjects of those of the bindings that bind a role of `kind` with one of these names, each once.
[[nodiscard]] std::vector<model::RoleHolder> holders_in(const json::Value& bindings, std::string_view kind,
                                                        const std::set<std::string>& names);

}  // namespace sallyport::kube
