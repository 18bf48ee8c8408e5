#pragma once

#include <string>

#include "base/machine.hpp"
#include "sink/settings.hpp"

namespace sallyport::sink {

struct ForwardOptions {
  std::string log_dir;
  std::string cursor_dir;
  Settings sink;
  bool follow = false;
};

// `sallyport log forward`: delivers what stands in a directory of logs, whoever wrote it and wherever it came from. The
// process's exit code: 0 all of it is delivered; 1 not all, or interrupted; 2 wrong usage.
[[nodiscard]] int forward(const ForwardOptions& options, const Machine& machine);

}  // namespace sallyport::sink
