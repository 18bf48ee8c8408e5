#pragma once

#include <cstddef>

namespace sallyport::net::test {

// ThreadSanitizer has an operator new of its own, which counts nothing.
#if __has_feature(thread_sanitizer)
inline constexpr bool kCountsAllocations = false;
#else
inline constexpr bool kCountsAllocations = true;
#endif

// How often this thread has asked for memory by `new`, since it began.
[[nodiscard]] std::size_t allocations_of_this_thread();

}  // namespace sallyport::net::test
