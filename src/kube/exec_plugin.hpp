#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "kube/config.hpp"
#include "kube/kubeconfig.hpp"

namespace sallyport::kube {

// What a credential plugin may cost us: logging in by a browser takes people a while.
struct ExecLimits {
  std::chrono::milliseconds within = std::chrono::minutes(2);
  std::size_t bytes = 1u << 20;
};

// Runs the plugin and puts the token or client certificate that it prints into `config`. Its messages go to our stderr.
// Blocks its thread, whichever that is; for programs that people start. Errors are sentences that name the plugin, and
// never what it printed.
[[nodiscard]] Result<void> run_exec_plugin(const ExecPlugin& plugin, Config& config, const ExecLimits& limits = {});

// The same of what it printed. An ExecCredential of the version that was asked for.
[[nodiscard]] Result<void> take_exec_credential(const ExecPlugin& plugin, std::string_view printed, Config& config);

}  // namespace sallyport::kube
