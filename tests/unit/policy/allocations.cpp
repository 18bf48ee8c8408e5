#include "unit/policy/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t made_by_this_thread = 0;

}  // namespace

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

namespace sallyport::policy::test {

Allocations::Allocations() : before_(made_by_this_thread) {}

std::size_t Allocations::made() const {
  return made_by_this_thread - before_;
}

}  // namespace sallyport::policy::test
