#pragma once

#include "base/instant.hpp"

namespace sallyport {

// What time it is. `main` has the machine's and gives it down; tests move theirs. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;  // for what is written
  // Never jumps, and counts since some moment before the process began: for how old a proof is, and what is due when.
  [[nodiscard]] virtual Duration steady() const = 0;
};

// The machine's.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] Duration steady() const override;
};

}  // namespace sallyport
