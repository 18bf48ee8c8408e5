#pragma once

#include <string>

#include "audit/replay/newly_asked.hpp"
#include "json/value.hpp"

namespace sallyport::audit {

// What is asked about now and was not before, each kind of call with an example, and why how many cannot be told.
// Nothing in it steers a terminal.
[[nodiscard]] std::string diff_view(const PolicyDiff& diff);
[[nodiscard]] json::Value diff_json(const PolicyDiff& diff);

}  // namespace sallyport::audit
