#pragma once

#include "base/instant.hpp"

namespace sallyport {

// Time that never jumps, since some moment before the process began: for what is waited for and how old a proof is.
// Any thread.
[[nodiscard]] Duration steady_now();

}  // namespace sallyport
