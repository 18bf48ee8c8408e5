#pragma once

#include <chrono>

#include "base/instant.hpp"

namespace sallyport::admission {

// As of when policies and namespaces were confirmed by a quorum read, in steady time. Longer ago than kFreshFor,
// "no policy matches, so allow" has no proof.
struct Freshness {
  Duration confirmed{};  // zero: never

  static constexpr Duration kFreshFor = std::chrono::seconds(15);

  [[nodiscard]] bool holds(Duration now) const { return confirmed != Duration{} && age(now) < kFreshFor; }
  [[nodiscard]] Duration age(Duration now) const { return now - confirmed; }
};

}  // namespace sallyport::admission
