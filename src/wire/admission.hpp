#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/shape.hpp"
#include "model/admission.hpp"

// AdmissionReview (admission.k8s.io/v1) as it comes: three readers of one text, each as far as it has to. All are
// strict (types, well-formedness, duplicate keys), and whoever gets an error from the first two asks the last.
namespace sallyport::wire {

// What stands before `object`; nothing behind it is looked at, so that the cost does not grow with the body. bad_input
// also where something needed stands behind `object`: other writers than the API server may order it so.
[[nodiscard]] Result<model::Envelope> read_envelope(std::string_view body);

// One pass over the whole text without a tree. Malformed text, or a label or account that is no plain text: bad_input.
// `known`: the names that the object may have; any other sets `beyond_baseline`, on either side.
[[nodiscard]] Result<model::SelectorFields> read_selector_fields(std::string_view body,
                                                                 const json::Shape& known = json::Shape::anything());

[[nodiscard]] Result<model::AdmissionRequest> read_admission(std::string_view body);

// The request's uid out of a text that the readers refused, if it could be read up to there: with it the refusal can
// still be a real AdmissionReview.
[[nodiscard]] std::optional<std::string> readable_uid(std::string_view body);

}  // namespace sallyport::wire
