#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/weight.hpp"
#include "base/crypto.hpp"
#include "json/path.hpp"
#include "model/admission.hpp"
#include "model/forms.hpp"
#include "model/request.hpp"

namespace sallyport::action {

// What the cluster and the matching policies add to an admission, so that it becomes one action.
struct DescribeContext {
  std::string cluster_id;     // uid of the namespace kube-system
  std::string namespace_uid;  // of the target's namespace; "" for a cluster-scoped target
  const Secret& hash_key;     // what Secrets hold enters the digest under this key

  // What of the matching policies' ignoredFields all of them leave out, and whether all of them leave out the built-in
  // ones.
  std::vector<json::PathPattern> ignored_fields;
  bool ignore_builtin = false;

  // Filled only where every matching policy restricts itself by changedFields: the places that any of them names. What
  // other writers did to other places is then none of the approval's business.
  std::vector<json::PathPattern> changed_fields;

  std::optional<model::PodFacts> pod;  // for CONNECT to a pod
  std::string parent_uid;  // of what a part belongs to, where the write does not tell it (an eviction's pod)

  model::FormRange forms = model::kDigestForms;

  // What the table of effects and the guard say of the write (policy/ruling.hpp), and what the table says of its
  // changes. Without it they stand in the object's order.
  model::Effects effects = {};
  std::vector<std::string> guarded = {};
  Weigh weigh = {};
};

struct Described {
  model::ActionRecord record;
  std::vector<std::string> digests;  // one of each form, the newest first; record.digest is that
  std::string reason;                // the agent's words, bounded and escaped; "" for none
  std::int64_t generation = 0;       // of the target before the write; 0: it has none
  // Does the write move metadata.generation? Only the API server knows what does so for a kind; it has done it by the
  // time admission sees the new object.
  bool beyond_metadata = false;
};

// An agent's words on why, as people may see them: bounded and escaped.
[[nodiscard]] std::string shown_reason(std::string_view words);

// The action as it is approved: its digest (action/canonical.hpp), what people are shown of it, and what the engine
// must know of it. Pure: the same arguments give the same result, whatever the order of keys in the objects. Nothing
// that a Secret holds comes out of it.
[[nodiscard]] Described describe(const model::AdmissionRequest& request, const DescribeContext& context);

}  // namespace sallyport::action
