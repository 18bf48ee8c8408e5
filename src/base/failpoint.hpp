#pragma once

#include <string_view>

namespace sallyport {

// Test builds only (SALLYPORT_FAILPOINTS): whether the environment variable SALLYPORT_FAILPOINT names this point. Other
// builds always say no.
[[nodiscard]] bool is_failpoint_set(std::string_view point);

}  // namespace sallyport
