#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "effects/write.hpp"
#include "json/path.hpp"
#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/call.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/policy_index.hpp"

namespace sallyport::policy {

// What policies ask people about, as far as it takes the guard's place: effects that they name, or by rules the write
// as it is, without looking at fields.
struct Cover {
  model::Effects effects;
  bool whole = false;

  [[nodiscard]] bool holds_any_of(model::Effects wanted) const { return whole || effects.has_any_of(wanted); }
};

// The policies that an action falls under, each list in the order of their names. Points into the index.
struct Match {
  std::vector<const model::Policy*> enforce;
  std::vector<const model::Policy*> warn;
  std::vector<const model::Policy*> audit;
  std::vector<const model::Policy*> invalid;  // these refuse, whatever the others say

  // Where every Enforce policy took the action only for the changedFields that it names: all those fields. The other
  // fields' old values are then none of the approval's business. Nothing: at least one asks for the action as a whole.
  std::optional<std::vector<json::PathPattern>> changed_fields;

  Cover cover;             // of all that enforce
  Cover cover_by_cluster;  // of the ClusterApprovalPolicies among them

  [[nodiscard]] bool none() const { return enforce.empty() && warn.empty() && audit.empty() && invalid.empty(); }
};

// What matching asks of a write's content, whoever knows it: the review itself, or what was recorded of it (facts.hpp).
class Content {
 public:
  virtual ~Content() = default;
  // Has it one of the action's effects? Asked only where the envelope says that it may.
  virtual bool has_effects_of(const CompiledAction& action) = 0;
  // Does an update change what one of these names?
  virtual bool touches(const std::vector<json::PathPattern>& fields) = 0;
};

// What an UPDATE changes: first the places whose values it leaves alone, and of which it decides what somebody's next
// apply makes; then those whose values differ.
struct ChangedPlaces {
  std::vector<json::Path> places;
  std::size_t moved = 0;  // how many come first
};
[[nodiscard]] ChangedPlaces changed_places(const model::AdmissionRequest& request);

// Does a change at `path` change what one of these fields names?
[[nodiscard]] bool touches_any(const std::vector<json::PathPattern>& fields, const json::Path& path);

// Candidates need not be many or few: those that the action does not fall under are left out. `call` has its selector
// fields.
[[nodiscard]] Match match(const Candidates& candidates, const Call& call, Content& content);

// Judges the whole review.
[[nodiscard]] Match match(const Candidates& candidates, const effects::ReadOnce& write, const model::Agent& agent,
                          const NamespaceFacts* ns);

// An UPDATE that leaves everything as it was but resourceVersion and, of managedFields, what follows from any write.
// Never so for Secrets: its answer shows the data.
[[nodiscard]] bool changes_nothing(const model::AdmissionRequest& request);

// An UPDATE that takes finalizers away and, but for the API server's own bookkeeping, does nothing else.
[[nodiscard]] bool only_loses_finalizers(const model::AdmissionRequest& request);

// What a pass over the review's text would have found.
[[nodiscard]] model::SelectorFields selector_fields_of(const model::AdmissionRequest& request);

}  // namespace sallyport::policy
