#include "policy/api_groups.hpp"

#include <algorithm>
#include <array>

#include "policy/guard_facts.hpp"

namespace sallyport::policy {
namespace {

constexpr auto kServedByApiServer = std::to_array<std::string_view>({
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "lifecycle.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
});

}  // namespace

bool is_built_in_group(std::string_view group) {
  return !group.contains('.') || std::ranges::find(kServedByApiServer, group) != kServedByApiServer.end();
}

bool is_own_group(std::string_view group) {
  return group == kOwnGroup || (group.ends_with(kOwnGroup) && group[group.size() - kOwnGroup.size() - 1] == '.');
}

}  // namespace sallyport::policy
