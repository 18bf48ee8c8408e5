#pragma once

#include <vector>

#include "base/result.hpp"
#include "logs/snapshot.hpp"

namespace sallyport::audit {

// To standard error, safe for a terminal. True if there was anything to say.
bool complain(const std::vector<logs::Unreadable>& unreadable);
void complain(const Error& error);

}  // namespace sallyport::audit
