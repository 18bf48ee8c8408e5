#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/instant.hpp"

namespace sallyport {

// How long things took: how many took up to each of some bounds, and all of it together, for the metrics. Any thread,
// and none waits for another: whoever reads may see one in its bucket a moment before it is in the sum.
class Histogram {
 public:
  // In seconds, rising.
  using Bounds = std::span<const double>;
  static constexpr std::array<double, 11> kCalls{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30};
  static constexpr std::array<double, 8> kHolds{0.1, 0.5, 1, 2, 5, 10, 20, 30};
  static constexpr std::array<double, 9> kPeople{1, 10, 30, 60, 300, 900, 3600, 14'400, 86'400};

  // `bounds` is one of those above, or lives as long.
  explicit Histogram(Bounds bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

  void observe(std::chrono::nanoseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bucket = std::ranges::lower_bound(bounds_, seconds) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    nanoseconds_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)),
                           std::memory_order_relaxed);
  }

  struct Reading {
    Bounds bounds;
    std::vector<std::uint64_t> up_to;  // cumulated: up to each bound, and (one more) in all
    double seconds = 0;                // all together
  };
  [[nodiscard]] Reading read() const {
    Reading reading{bounds_, {}, static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9};
    std::uint64_t sum = 0;
    for (const auto& count : counts_) reading.up_to.push_back(sum += count.load(std::memory_order_relaxed));
    return reading;
  }

 private:
  Bounds bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // one for each bound, and one for what took longer
  std::atomic<std::uint64_t> nanoseconds_{0};
};

}  // namespace sallyport
