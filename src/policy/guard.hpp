#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "effects/write.hpp"
#include "model/admission.hpp"
#include "model/effect.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/guard_reads.hpp"
#include "policy/own_volumes.hpp"
#include "policy/policy_index.hpp"
#include "policy/read_depth.hpp"

namespace sallyport::policy {

// The built-in guard: what no agent may do whatever the policies say (its first part: Sallyport's own), and what it may
// only do where a policy asks people (its second part: whatever lets it act as somebody else, reach a node or change
// what the API server serves). Which writes it judges stands in the table of effects (effects/effects.table, "!guard").

struct GuardSettings {
  std::string own_namespace;
  std::string own_name;  // of the service account there; the names of all objects outside it begin with it
  std::vector<model::Agent> agents;
};

struct GuardFinding {
  enum class Part { never, unless_covered };
  Part part = Part::never;
  std::string rule;     // one stable word, for logs and metrics: "token-secret"
  std::string message;  // one plain sentence; names things, and never shows a value

  // Of the second part: a policy in Enforce takes the guard's place that takes one of these effects. Where a node or
  // the whole cluster is reached, only a ClusterApprovalPolicy does: a namespace may tighten, never relax.
  model::Effects covered_by = {};
  bool only_by_cluster = false;
};

// All that the guard has against a write, and what it must know of the cluster to find more.
struct GuardVerdict {
  std::vector<GuardFinding> findings;
  std::optional<GuardQuestion> question;
};

// Immutable; any thread.
class Guard {
 public:
  // Without `volumes` nobody has looked yet which ones are Sallyport's own: then none may be touched.
  explicit Guard(GuardSettings settings, std::shared_ptr<const OwnVolumes> volumes = std::make_shared<OwnVolumes>())
      : settings_(std::move(settings)), volumes_(std::move(volumes)) {}

  // How far the review must be read before the guard can say that it has nothing against it.
  [[nodiscard]] ReadDepth read_depth(const model::Envelope& envelope) const;
  // After `labels`: nothing against it. false: the review must be parsed whole and judged.
  [[nodiscard]] bool passes(const model::Envelope& envelope, const model::SelectorFields& fields) const;
  [[nodiscard]] GuardVerdict judge(const effects::ReadOnce& write, const PolicyIndex& policies,
                                   const GuardReads& reads) const;

 private:
  GuardSettings settings_;
  std::shared_ptr<const OwnVolumes> volumes_;
};

}  // namespace sallyport::policy
