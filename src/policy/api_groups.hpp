#pragma once

#include <string_view>

namespace sallyport::policy {

// The groups that kube-apiserver itself serves, of every version that this program runs on, and all without a dot:
// those belong to Kubernetes. metrics.k8s.io, gateway.networking.k8s.io and their like are served by somebody else.
[[nodiscard]] bool is_built_in_group(std::string_view group);

// Sallyport's own group, or one under it.
[[nodiscard]] bool is_own_group(std::string_view group);

}  // namespace sallyport::policy
