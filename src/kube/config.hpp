#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "net/client.hpp"

namespace sallyport::kube {

// Where the API server is and who we are to it. A value; what reads files blocks its thread for that long.
struct Config {
  net::Endpoint endpoint;
  std::string base_path;             // of the server's URL, without a slash at its end; nearly always empty
  Secret token;                      // empty: the client certificate in `endpoint` says who we are
  std::filesystem::path token_file;  // empty: the token never changes. The kubelet replaces the file's content
  std::filesystem::path ca_file;     // empty: the CA never changes
  std::string namespace_name;        // our own, where it is known

  [[nodiscard]] Config clone() const;
};

// The proxy on the way there, if the environment names one (HTTPS_PROXY, NO_PROXY). As with client-go this holds in a
// pod, too.
[[nodiscard]] Result<void> take_proxy_of_environment(Config& config);

// From a kubeconfig's current context; without a path as a pod of the cluster: its service account's mounted files and
// KUBERNETES_SERVICE_HOST and _PORT.
[[nodiscard]] Result<Config> load_config(const std::optional<std::filesystem::path>& kubeconfig);

// Reads the token and CA files again. True if something is new; what cannot be read stays as it is, and is an error.
[[nodiscard]] Result<bool> reload(Config& config);

}  // namespace sallyport::kube
