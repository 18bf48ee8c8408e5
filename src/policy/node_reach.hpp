#pragma once

#include <optional>
#include <string>

#include "json/value.hpp"

namespace sallyport::policy {

// Why a pod is outside the Pod Security Standard "baseline" (its latest version, as k8s.io/pod-security-admission has
// it), as the end of a sentence: "container \"app\" is privileged". Nothing: it is inside. Names and values in it are
// the pod's own, of any length, and not escaped.
//
// `pod_metadata` and `pod_spec` are those of a pod or of a pod template; null counts as empty. Looks only at what the
// baseline judges. What stands there and cannot be read counts as outside: a member of another type than it should be,
// and one that is spelled like a member but for the case of its letters, since encoding/json takes it for that member
// (so the StatefulSet controller reads a ControllerRevision).
[[nodiscard]] std::optional<std::string> outside_baseline(const json::Value& pod_metadata, const json::Value& pod_spec);

}  // namespace sallyport::policy
