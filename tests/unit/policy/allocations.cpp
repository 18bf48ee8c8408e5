#include "unit/policy/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t made_by_this_thread = 0;

}  // namespace

// Sanitizers have an operator new of their own, and tell us of every allocation.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
extern "C" void __sanitizer_malloc_hook(const volatile void*, std::size_t) {
  ++made_by_this_thread;
}
#else
void* operator new(std::size_t size) {
  ++made_by_this_thread;
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

namespace sallyport::policy::test {

Allocations::Allocations() : before_(made_by_this_thread) {}

std::size_t Allocations::made() const {
  return made_by_this_thread - before_;
}

}  // namespace sallyport::policy::test
