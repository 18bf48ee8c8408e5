#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace sallyport::endpoints {

// One thing that must hold before this replica may be sent calls, or of which a warning tells; `why_not` is empty if it
// holds.
struct Check {
  std::string name;
  std::string why_not;
  bool is_warning = false;
};

[[nodiscard]] bool is_ready(const std::vector<Check>& checks);

// GET /livez: this thread answers, and nothing is wrong that a new process would set right. GET /readyz: all checks
// hold; the body names each.
[[nodiscard]] net::Handler health_handler(std::function<std::vector<Check>()> checks,
                                          std::function<std::optional<std::string>()> why_start_anew);
// GET /metrics.
[[nodiscard]] net::Handler metrics_handler(std::function<std::string()> metrics);

}  // namespace sallyport::endpoints
