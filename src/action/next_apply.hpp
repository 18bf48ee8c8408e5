#pragma once

#include <vector>

#include "json/path.hpp"
#include "model/admission.hpp"

namespace sallyport::action {

// The places of the object whose fate in somebody's next apply of an unchanged file this write decides, although it
// leaves their values alone: by owners of fields (ownership.hpp) or by kubectl's list (last_applied.hpp).
[[nodiscard]] std::vector<json::Path> moved_for_next_apply(const model::AdmissionRequest& request);

}  // namespace sallyport::action
