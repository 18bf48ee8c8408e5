#pragma once

#include <string_view>

#include "model/admission.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/read_depth.hpp"

namespace sallyport::policy {

// Is what the review holds an object of the resource's own kind, so that its labels can be read there? Not so for
// CONNECT and for subresources with a kind of their own (scale, eviction, binding, token).
[[nodiscard]] bool shows_labels(const model::Envelope& envelope);
[[nodiscard]] bool shows_labels(std::string_view subresource);

// A Namespace, or a part of one: its own labels count for namespaceSelectors.
[[nodiscard]] bool is_namespace(const model::Resource& resource);

// Does the selector pick the written object, as it was or as it will be? Labels that are nowhere in the review count as
// picked: nobody can say that they are not.
[[nodiscard]] ReadDepth selects_object(const model::Selector& selector, const Call& call);
// Does the write take the object into or out of what the selector picks?
[[nodiscard]] ReadDepth relabels_object(const model::Selector& selector, const Call& call);

}  // namespace sallyport::policy
