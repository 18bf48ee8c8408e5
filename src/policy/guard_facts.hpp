#pragma once

#include <string>
#include <string_view>

#include "model/admission.hpp"
#include "model/role.hpp"
#include "policy/guard.hpp"

// What the guard's rules ask about names and accounts.
namespace sallyport::policy {

inline constexpr std::string_view kOwnGroup = "sallyport.dev";
inline constexpr std::string_view kSystemNamespace = "kube-system";
inline constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";

// ASCII letters small, as kubectl compares the names of kinds.
[[nodiscard]] std::string lower(std::string_view text);

// A name that one of our objects outside our namespace has: "sallyport", "sallyport-approver".
[[nodiscard]] bool is_own_name(const GuardSettings& settings, std::string_view name);
[[nodiscard]] bool in_own_namespace(const GuardSettings& settings, const model::Envelope& envelope);

[[nodiscard]] bool is_agent_account(const GuardSettings& settings, std::string_view namespace_name,
                                    std::string_view name);
// All service accounts of a namespace together: true only if every one of them is an agent.
[[nodiscard]] bool are_agent_accounts(const GuardSettings& settings, std::string_view namespace_name);

// Somebody whom a binding names: an account or a user that is an agent, or a group that holds agents alone.
[[nodiscard]] bool is_agents(const GuardSettings& settings, const model::RoleHolder& holder);

// What a pod may run as without being asked: an agent, or "default", which is nobody in particular. In kube-system
// every account is somebody.
[[nodiscard]] bool may_run_as(const GuardSettings& settings, std::string_view namespace_name, std::string_view account);

}  // namespace sallyport::policy
