#pragma once

#include <cstddef>

namespace sallyport::policy::test {

// Counts what this thread takes from the heap by `new` while the object lives.
class Allocations {
 public:
  Allocations();
  [[nodiscard]] std::size_t made() const;

 private:
  std::size_t before_;
};

}  // namespace sallyport::policy::test
