#pragma once

#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"
#include "model/policy.hpp"

namespace sallyport::whatif {

[[nodiscard]] bool is_policy(const json::Value& document);
// The same of a document whose kind or API version may be misspelt.
[[nodiscard]] bool is_meant_as_policy(const json::Value& document);

// A policy as `serve` takes it: one that cannot work has faults.
[[nodiscard]] Result<model::Policy> read_policy(const json::Value& document);

}  // namespace sallyport::whatif
