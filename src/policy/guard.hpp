#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/admission.hpp"
#include "model/identity.hpp"
#include "model/policy.hpp"
#include "policy/own_volumes.hpp"
#include "policy/policy_index.hpp"
#include "policy/read_depth.hpp"

namespace sallyport::policy {

// The built-in guard: what no agent may do whatever the policies say (Sallyport's own objects), and
// what it may only do where a policy covers it (whatever lets it act as somebody else). It looks at few kinds.

struct GuardSettings {
  std::string own_namespace;
  std::string own_name;  // of the service account there; the names of all objects outside it begin with it
  std::vector<model::Agent> agents;
};

struct GuardFinding {
  enum class Part { own_objects, identity };
  Part part = Part::own_objects;
  std::string rule;     // one stable word, for logs and metrics: "token-secret"
  std::string message;  // one plain sentence; names things, and never shows a value
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
  [[nodiscard]] std::optional<GuardFinding> judge(const model::AdmissionRequest& request,
                                                  const PolicyIndex& policies) const;

 private:
  GuardSettings settings_;
  std::shared_ptr<const OwnVolumes> volumes_;
};

// What is done about a finding: `covered` is whether an Enforce policy matches the action, `mode` the chart's `guard`.
enum class GuardAnswer { refuse, pass, warn, audit };
[[nodiscard]] GuardAnswer answer_to(const GuardFinding& finding, bool covered, model::Enforcement mode);

}  // namespace sallyport::policy
