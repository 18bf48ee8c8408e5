#pragma once

#include <string>

#include "audit/filter.hpp"
#include "audit/replay/history.hpp"

namespace sallyport::audit {

// Of what records have come to: does the filter pass it, as it passes the lines themselves?
[[nodiscard]] bool is_wanted(const Filter& filter, const Place& at, const std::string& agent,
                             const std::string& namespace_name, const std::string& request);

}  // namespace sallyport::audit
