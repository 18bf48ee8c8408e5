#pragma once

#include <memory>

#include "engine/seams.hpp"

namespace sallyport::serve {

// Test builds only (SALLYPORT_FAILPOINTS): the environment variable SALLYPORT_FAILPOINT names one point of a use at
// which the process ends as if by kill -9: after-intent, after-compare-and-set, before-answer. Other builds give back
// what they were given.
[[nodiscard]] std::unique_ptr<engine::Cluster> with_failpoints(std::unique_ptr<engine::Cluster> cluster);

}  // namespace sallyport::serve
