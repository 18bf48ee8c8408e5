#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "json/path.hpp"
#include "json/value.hpp"
#include "model/admission.hpp"

// What of the written object is no part of the digest.
namespace sallyport::action {

inline constexpr std::string_view kReasonAnnotation = "sallyport.dev/reason";

// Takes out, of the object's own metadata, what the API server moves by itself and the agent's reason. A `status` that
// the write does not reach is what it was (or what the server sets) by the time admission sees the object, so that
// nothing need be known of its kind.
void leave_out_bookkeeping(const model::AdmissionRequest& request, json::Value& object);

// A place that differs, but whose content was not asked about.
struct IgnoredChange {
  json::Path path;
  std::optional<json::Value> from;
  std::optional<json::Value> to;
};

// The places that the built-in rules ignore in this write: `rollout restart`'s annotation, where it holds a time;
// kubectl's last-applied annotation of an UPDATE, where it repeats the write (last_applied.hpp).
[[nodiscard]] std::vector<json::Path> builtin_ignored(const model::AdmissionRequest& request);

// Takes the ignored places out of both sides and returns those that differ, or all, in the order of their paths' text.
[[nodiscard]] std::vector<IgnoredChange> take_out_ignored(const std::vector<json::PathPattern>& patterns,
                                                          const std::vector<json::Path>& places, bool even_unchanged,
                                                          json::Value& before, json::Value& after);

}  // namespace sallyport::action
