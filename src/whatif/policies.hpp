#pragma once

#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"
#include "model/policy.hpp"

namespace sallyport::whatif {

[[nodiscard]] bool is_policy(const json::Value& document);

// A policy as `serve` takes it: one that cannot work is `invalid`, and says why.
[[nodiscard]] Result<model::Policy> read_policy(const json::Value& document);

}  // namespace sallyport::whatif
