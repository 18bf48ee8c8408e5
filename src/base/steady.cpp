#include "base/steady.hpp"

#include <chrono>

namespace sallyport {

Duration steady_now() {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

Instant wall_now() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace sallyport
