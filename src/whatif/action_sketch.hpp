#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"
#include "model/admission.hpp"

// What would come of an action, asked without doing it.
namespace sallyport::whatif {

// An action as people write it down: a manifest, and what it replaces.
struct ActionSketch {
  json::Value manifest;                       // of DELETE, what goes
  json::Value was;                            // null: nothing
  std::optional<model::Operation> operation;  // nothing: what manifest, `was` and resource mean
  std::string resource;                       // "deployments.apps/scale"; "": by the manifest's kind
  std::optional<std::string> namespace_name;  // "": of the whole cluster; nothing: the manifest's, or else "default"
  std::string name;                           // "": the manifest's
  model::User user;
};

// As the API server would ask about it, but for what it fills in by itself.
[[nodiscard]] Result<model::AdmissionRequest> admission_of(ActionSketch sketch);

// The resource of a kind, by the rule that the API's own kinds follow: "NetworkPolicy" -> "networkpolicies". Of a kind
// that only stands for a part of another object, that part: "PodExecOptions" -> "pods/exec".
[[nodiscard]] std::string usual_resource(std::string_view kind);

// The kinds of Kubernetes that live in no namespace.
[[nodiscard]] bool is_cluster_kind(std::string_view kind);

}  // namespace sallyport::whatif
