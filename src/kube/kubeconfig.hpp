#pragma once

#include <filesystem>

#include "kube/config.hpp"

namespace sallyport::kube {

// What kubectl's file says of its current context. What would change how we reach the server and is not supported here
// (exec plugins, basic authentication, proxies, insecure-skip-tls-verify) is an error, and never passed over.
[[nodiscard]] Result<Config> load_kubeconfig(const std::filesystem::path& path);

}  // namespace sallyport::kube
