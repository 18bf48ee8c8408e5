#pragma once

#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::kube {

// Pure; any thread.

// Whether a call can have changed anything when its answer is an error.
enum class Effect { none, write };

// The Error that an answer with this HTTP status stands for; `body` is a metav1.Status, or anything. A write that was
// answered with 5xx may have happened all the same (the store timed out, say): unknown_outcome.
[[nodiscard]] Error error_of(int http_status, std::string_view body, Effect effect);

// The same for a Status that came as an event of a watch.
[[nodiscard]] Error error_of(const json::Value& status);

}  // namespace sallyport::kube
