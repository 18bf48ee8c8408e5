#pragma once

#include <string_view>
#include <vector>

#include "json/path.hpp"
#include "model/admission.hpp"

// kubectl's last-applied annotation: `kubectl apply` removes from the object what the annotation lists and the file
// does not, so what it lists decides what somebody's next apply of an unchanged file does.
namespace sallyport::action {

inline constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

// The places that an UPDATE puts on that list, or takes from it, although it does not put them into the object or take
// them from it.
[[nodiscard]] std::vector<json::Path> relisted(const model::AdmissionRequest& request);

// Does the annotation of an UPDATE only repeat what the write does: it lists nothing but what the object now holds, and
// relists nothing?
[[nodiscard]] bool repeats_the_write(const model::AdmissionRequest& request);

}  // namespace sallyport::action
