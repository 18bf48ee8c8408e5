#pragma once

#include <cstddef>

#include "base/crypto.hpp"
#include "base/instant.hpp"

namespace sallyport {

// Unpredictable bytes, for names and for jitter. Keys and nonces are made by `random_secret`
// alone: no test may stand in for it. Any thread.
class Random {
 public:
  virtual ~Random() = default;
  [[nodiscard]] virtual Secret bytes(std::size_t count) = 0;
};

// The operating system's.
class SystemRandom final : public Random {
 public:
  [[nodiscard]] Secret bytes(std::size_t count) override { return random_secret(count); }
};

// One of the durations from `least` to `most`, which is not less: jitter, so that what began together does not go on
// together.
[[nodiscard]] Duration random_between(Random& random, Duration least, Duration most);

}  // namespace sallyport
