#pragma once

#include <optional>
#include <vector>

#include "json/path.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::policy {

// The policies that an action falls under, each list in the order of their names. Points into the index.
struct Match {
  std::vector<const model::Policy*> enforce;
  std::vector<const model::Policy*> warn;
  std::vector<const model::Policy*> audit;
  std::vector<const model::Policy*> broken;  // these refuse, whatever the others say

  // Where every Enforce policy took the action only for the changedFields that it names: all those fields. The other
  // fields' old values are then none of the approval's business. Nothing: at least one asks for the action as a whole.
  std::optional<std::vector<json::PathPattern>> changed_fields;

  [[nodiscard]] bool none() const { return enforce.empty() && warn.empty() && audit.empty() && broken.empty(); }
};

// Judges the whole review. Candidates need not be many or few: those that the action does not fall under are left out.
[[nodiscard]] Match match(const Candidates& candidates, const model::AdmissionRequest& request,
                          const model::Agent& agent, const NamespaceFacts* ns);

// An UPDATE that leaves everything but managedFields and resourceVersion as it was. Never so for Secrets: its answer
// shows the data.
[[nodiscard]] bool changes_nothing(const model::AdmissionRequest& request);

// An UPDATE that takes finalizers away and, but for the API server's own bookkeeping, does nothing else.
[[nodiscard]] bool only_loses_finalizers(const model::AdmissionRequest& request);

// What a glance at the review's text would have seen.
[[nodiscard]] model::Glance glance_at(const model::AdmissionRequest& request);

}  // namespace sallyport::policy
