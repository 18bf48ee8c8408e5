#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"
#include "kube/api.hpp"

namespace sallyport::kube {

// A replica's sign of life (coordination.k8s.io/v1 Lease), which it renews.
struct Lease {
  std::string replica;
  std::string renewed;  // as its replica wrote it: only that it changes counts, whatever its clock says
  std::string uid;
  std::string resource_version;
};

[[nodiscard]] Awaitable<void> renew_lease(Api& api, std::string namespace_name, std::string replica, Instant now);
[[nodiscard]] Awaitable<std::vector<Lease>> list_leases(Api& api, std::string namespace_name);
// Only if it is still this one; without a version, whatever it is.
[[nodiscard]] Awaitable<void> remove_lease(Api& api, std::string namespace_name, Lease lease);

}  // namespace sallyport::kube
