#pragma once

#include "json/value.hpp"
#include "model/policy.hpp"
#include "wire/fields.hpp"

namespace sallyport::wire {

// A policy's `approval`, which stands in policies and, copied, in requests.
[[nodiscard]] model::Approval read_approval(const Fields& approval);
[[nodiscard]] json::Value write_approval(const model::Approval& approval);

}  // namespace sallyport::wire
