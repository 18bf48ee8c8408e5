#pragma once

#include <vector>

#include "audit/log_files.hpp"
#include "base/result.hpp"

namespace sallyport::audit {

// To standard error, safe for a terminal. True if there was anything to say.
bool complain(const std::vector<Unreadable>& unreadable);
void complain(const Error& error);

}  // namespace sallyport::audit
