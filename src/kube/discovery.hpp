#pragma once

#include <set>
#include <string>

#include "json/value.hpp"
#include "kube/api.hpp"

namespace sallyport::kube {

// "group/resource" ("/pods" for core) of all that has a status subresource, in any version, by aggregated discovery:
// only there a write to the resource itself leaves `status` alone.
[[nodiscard]] Awaitable<std::set<std::string>> read_status_resources(Api& api);

// Adds those of one APIGroupDiscoveryList (apidiscovery.k8s.io/v2). A resource counts only if it has the subresource in
// every version that is served.
[[nodiscard]] Result<void> add_status_resources(const json::Value& list, std::set<std::string>& resources);

}  // namespace sallyport::kube
