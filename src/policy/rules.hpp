#pragma once

#include <string_view>
#include <vector>

#include "model/admission.hpp"
#include "model/policy.hpp"

namespace sallyport::policy {

using Rules = std::vector<model::ResourceRule>;

// "deployments", "pods/*", "*/scale" taken apart. "" is no subresource; "*" as subresource is any, and none as well:
// that is how the API server reads "pods/*".
struct ResourcePattern {
  std::string_view resource;
  std::string_view subresource;
};
[[nodiscard]] ResourcePattern split_resource(std::string_view text);

// Versions say nothing about what a rule covers: the same object can be written through each of them, so a rule that
// names one covers all. What they do say: for which of them changedFields were written, and what `except` leaves alone.
[[nodiscard]] bool covers(const model::ResourceRule& rule, const model::Resource& resource);
[[nodiscard]] bool covers(const model::ResourceRule& rule, model::Operation operation);
// Does it cover the resource that this is a subresource of?
[[nodiscard]] bool covers_parent(const model::ResourceRule& rule, const model::Resource& resource);
[[nodiscard]] bool names_version(const model::ResourceRule& rule, std::string_view version);

}  // namespace sallyport::policy
