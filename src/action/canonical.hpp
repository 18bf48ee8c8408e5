#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "action/describe.hpp"
#include "action/sides.hpp"
#include "json/path.hpp"
#include "json/value.hpp"

namespace sallyport::action {

// "sha256:<hex>" of the action's canonical form: length-prefixed fields, in an order that the form fixes. The form's
// number (model/forms.hpp) is among them, so that digests of two forms are never equal.
// `changes` are the differences of `sides` (of an UPDATE; empty otherwise).
[[nodiscard]] std::string canonical_digest(const model::AdmissionRequest& request, const DescribeContext& context,
                                           const Sides& sides, const std::vector<json::Change>& changes,
                                           std::uint32_t form);

// Of the object as it was, or of the one that a part belongs to; "" for one that is made anew.
[[nodiscard]] std::string_view target_uid(const model::AdmissionRequest& request, const DescribeContext& context);

// What of the call's options enters the digest.
[[nodiscard]] json::Value bound_options(const json::Value& options);

// May this CONNECT carry any method, path and body, so that nothing but the target can be bound?
[[nodiscard]] bool is_proxy(const model::Resource& resource);

}  // namespace sallyport::action
