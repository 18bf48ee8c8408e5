#pragma once

#include <string>
#include <string_view>

#include "model/admission.hpp"

namespace sallyport::admission {

inline constexpr std::string_view kPlanAnnotation = "sallyport.dev/plan";

// What a dry run carries that asks ahead: people are asked now about the write that it stands for.
struct Plan {
  std::string id;      // as the agent has chosen it: a label's value of at most 40 characters; "": it does not ask
  std::string reason;  // the agent's words
};

// Takes the marks of such a dry run off the object, so that all that is decided about it is decided about the write as
// it will be sent: what the real call carries is never taken off. A mark counts only where this very write sets it.
[[nodiscard]] Plan take_plan(model::AdmissionRequest& request);

}  // namespace sallyport::admission
