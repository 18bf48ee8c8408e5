#pragma once

#include <string>

#include "audit/replay/history.hpp"
#include "audit/selection.hpp"

namespace sallyport::audit {

// Of what records have come to: is it wanted, as the lines themselves are?
[[nodiscard]] bool is_wanted(const Selection& wanted, const Place& at, const std::string& agent,
                             const std::string& namespace_name, const std::string& request);

}  // namespace sallyport::audit
