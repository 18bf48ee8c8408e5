// The program's own operator new: it counts. Sanitizers see malloc and free behind it.
#include "unit/net/allocations.hpp"

#include <cstdlib>
#include <new>

static thread_local std::size_t count;

#if !__has_feature(thread_sanitizer)
void* operator new(std::size_t size) {
  ++count;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

std::size_t sallyport::net::test::allocations_of_this_thread() {
  return count;
}
