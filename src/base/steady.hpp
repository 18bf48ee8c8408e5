#pragma once

#include "base/instant.hpp"

namespace sallyport {

// The machine's clocks, for what has no engine::Clock to ask: tests cannot move them. Any thread.
//
// Never jumps, and counts since some moment before the process began: for what is waited for and how old a proof is.
[[nodiscard]] Duration steady_now();
[[nodiscard]] Instant wall_now();

}  // namespace sallyport
