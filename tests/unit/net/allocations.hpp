#pragma once

#include <cstddef>

namespace sallyport::net::test {

// How often this thread has asked for memory by `new`, since it began.
[[nodiscard]] std::size_t allocations_of_this_thread();

}  // namespace sallyport::net::test
