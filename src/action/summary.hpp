#pragma once

#include <string>
#include <vector>

#include "action/weight.hpp"
#include "model/request.hpp"

namespace sallyport::action {

// One line of at most 160 bytes that tells a reviewer which action it is: "UPDATE deployments/api: image r/api:v1 ->
// r/api:v2". From what is shown of it (already safe to print), nothing else.
[[nodiscard]] std::string summarize(const model::Kubernetes& action, const std::vector<model::ShownChange>& changes,
                                    const std::vector<Weight>& weights);

}  // namespace sallyport::action
