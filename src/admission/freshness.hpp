#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/instant.hpp"

namespace sallyport::admission {

// How long ago policies and namespaces were confirmed by a quorum read, in steady time: written by the engine's thread,
// read by all. Older than kFreshFor, "nobody cares, so allow" has no proof.
class Freshness {
 public:
  void confirmed(Duration steady) { confirmed_.store(steady.count(), std::memory_order_relaxed); }
  [[nodiscard]] bool holds(Duration steady) const {
    const auto at = confirmed_.load(std::memory_order_relaxed);
    return at != 0 && steady.count() - at < Duration(kFreshFor).count();
  }

  [[nodiscard]] Duration age(Duration steady) const {
    return steady - Duration(confirmed_.load(std::memory_order_relaxed));
  }

  static constexpr Duration kFreshFor = std::chrono::seconds(15);

 private:
  std::atomic<std::int64_t> confirmed_{0};
};

}  // namespace sallyport::admission
