#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/machine.hpp"
#include "keys/secrets.hpp"

namespace sallyport::keys {

struct CreateOptions {
  std::string directory;  // files there; "": Secrets
  Place place;
  bool without_log_key = false;                     // somebody else brings it
  std::optional<std::filesystem::path> kubeconfig;  // without: as a pod
};

// Makes the keys that are not there yet, and leaves those that are alone. Keys of an earlier version are
// taken over from the one Secret that it had. Tells on stdout what it did. The process's exit code: 0 all are there,
// 1 not all.
[[nodiscard]] int create(const CreateOptions& options, const Machine& machine);

}  // namespace sallyport::keys
