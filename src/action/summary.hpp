#pragma once

#include <string>

#include "model/request.hpp"

namespace sallyport::action {

// One line of at most 160 bytes that tells a reviewer which action it is: "UPDATE deployments/api: image r/api:v1 ->
// r/api:v2". From what `record` shows (already safe to print), nothing else.
[[nodiscard]] std::string summarize(const model::ActionRecord& record);

}  // namespace sallyport::action
