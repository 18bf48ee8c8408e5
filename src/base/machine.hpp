#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

namespace sallyport {

// What the machine gives. Outlives whoever is given it.
struct Machine {
  const Clock& clock;
  Random& random;
};

}  // namespace sallyport
