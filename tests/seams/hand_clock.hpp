#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace sallyport::seams {

// Time that a test moves by hand, for what runs on threads of its own. Any thread.
class HandClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return kStart + steady(); }
  [[nodiscard]] Duration steady() const override { return Duration(steady_.load()); }
  void advance(Duration span) { steady_ += span.count(); }

 private:
  static constexpr Instant kStart{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  std::atomic<Duration::rep> steady_{Duration(std::chrono::hours(1)).count()};
};

}  // namespace sallyport::seams
