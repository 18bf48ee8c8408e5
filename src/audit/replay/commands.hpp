#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/filter.hpp"
#include "model/policy.hpp"

namespace sallyport::audit {

struct ReplayOptions {
  std::vector<std::string> places;
  Wanted wanted;                                       // whose records are judged; all are read
  std::optional<std::vector<model::Policy>> policies;  // nothing: those that stand in the log
  bool as_json = false;
};

// The process's exit code: 0 all the same, 1 something differs, 2 wrong usage, 3 something could not be read, 4 nothing
// differs, but not all could be told.
[[nodiscard]] int log_replay(ReplayOptions options);

}  // namespace sallyport::audit
