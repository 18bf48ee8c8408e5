#pragma once

#include <string_view>

#include "json/scanner.hpp"
#include "json/shape.hpp"
#include "model/admission.hpp"

// What the text of a pod tells as it goes by: the accounts it runs as, and whether all of it is known and plainly
// inside the Pod Security baseline. Where that is not plain, `beyond_baseline` is set, and policy::outside_baseline
// and the table of effects decide. `known`: the names that it may have.
namespace sallyport::wire {

// Of an object's spec: a pod's own, or one that holds a pod's template, or a CronJob's, whose Job holds one in turn.
void glance_at_spec(json::Scanner& scanner, model::SelectorFields& fields, const json::Shape& known);

// Of an object's annotations, which may be a pod's, and of a key in its metadata that may be taken for them.
void glance_at_annotations(json::Scanner& scanner, model::SelectorFields& fields, const json::Shape& known);
[[nodiscard]] bool is_near_annotations(std::string_view key);

}  // namespace sallyport::wire
