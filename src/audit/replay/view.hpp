#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audit/replay/finding.hpp"
#include "json/value.hpp"

namespace sallyport::audit {

struct Counts {
  std::size_t same = 0, differ = 0, unknown = 0;
};
[[nodiscard]] Counts count(const std::vector<Finding>& findings);

// What differs, each with its line, and why how many cannot be told. Nothing in it steers a terminal.
[[nodiscard]] std::string replay_view(const std::vector<Finding>& findings);
// What differs and what cannot be told, and the counts.
[[nodiscard]] json::Value replay_json(const std::vector<Finding>& findings);

}  // namespace sallyport::audit
