#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "json/path.hpp"
#include "model/effect.hpp"
#include "model/selector.hpp"
#include "model/words.hpp"

namespace sallyport::model {

// ApprovalPolicy and ClusterApprovalPolicy (sallyport.dev/v1alpha1) as values. The CRD's field names, in our spelling.

enum class Enforcement { enforce, warn, audit };
enum class WhilePending { reject, hold };
enum class DryRun { allow, refuse };
enum class Preset {
  pod_promotion,
  rbac_change,
  secret_access,
  exec,
  token_request,
  deletion,
  infrastructure,
  traffic,
  everything,
};

// In the order of the values.
inline constexpr Words<3> kEnforcementWords = {"Enforce", "Warn", "Audit"};
inline constexpr Words<2> kWhilePendingWords = {"Reject", "Hold"};
inline constexpr Words<2> kDryRunWords = {"Allow", "Refuse"};
inline constexpr Words<9> kPresetWords = {"PodPromotion", "RBACChange",     "SecretAccess", "Exec",      "TokenRequest",
                                          "Deletion",     "Infrastructure", "Traffic",      "Everything"};

[[nodiscard]] std::string_view to_string(Enforcement enforcement);
[[nodiscard]] std::string_view to_string(WhilePending while_pending);
[[nodiscard]] std::string_view to_string(Preset preset);
[[nodiscard]] std::optional<Enforcement> parse_enforcement(std::string_view text);
[[nodiscard]] std::optional<Preset> parse_preset(std::string_view text);

// admissionregistration/v1 RuleWithOperations: "*" is any; resources as "deployments", "deployments/scale", "*", "*/*".
struct ResourceRule {
  std::vector<std::string> api_groups;
  std::vector<std::string> api_versions;
  std::vector<std::string> operations;
  std::vector<std::string> resources;
};

struct PolicyAction {
  // One of these three.
  std::optional<Preset> preset;
  Effects effects;
  std::vector<ResourceRule> rules;

  std::vector<json::PathPattern> changed_fields;
  Selector object_selector;
};

struct Subject {
  enum class Kind { user, group, service_account, agent };
  static constexpr Words<4> kKindWords = {"User", "Group", "ServiceAccount", "Agent"};
  Kind kind = Kind::user;
  std::string name;
  std::string namespace_name;  // of a service account
};

struct Approver {
  enum class Kind { user, group };
  static constexpr Words<2> kKindWords = {"User", "Group"};
  Kind kind = Kind::user;
  std::string name;

  friend bool operator==(const Approver&, const Approver&) = default;
};

struct Requirement {
  std::string name;
  std::uint32_t count = 1;
  std::vector<Approver> approvers;

  friend bool operator==(const Requirement&, const Requirement&) = default;
};

struct Approval {
  std::vector<Requirement> requirements;
  Duration pending_timeout = std::chrono::hours(1);
  Duration valid_for = std::chrono::minutes(15);
  std::uint32_t uses = 1;

  friend bool operator==(const Approval&, const Approval&) = default;
};

struct PolicySpec {
  Enforcement enforcement = Enforcement::enforce;
  std::vector<Subject> subjects;  // none: every agent
  std::vector<PolicyAction> actions;
  std::vector<ResourceRule> except;
  std::optional<std::vector<json::PathPattern>> ignored_fields;  // nothing: the built-in ones (action/left_out.hpp)
  Approval approval;
  WhilePending while_pending = WhilePending::hold;
  Duration wait_for = std::chrono::minutes(5);  // the whole wait of one command
  std::optional<Duration> hold_for;             // deprecated: of one call of it; nothing: as long as a call may
  DryRun dry_run = DryRun::allow;
  std::string message;
  Selector namespace_selector;  // of a ClusterApprovalPolicy
};

// Names one policy as it was at one time.
struct PolicyRef {
  std::string kind;            // "ApprovalPolicy" or "ClusterApprovalPolicy"
  std::string namespace_name;  // "" for the latter
  std::string name;
  std::string uid;
  std::int64_t generation = 0;

  friend bool operator==(const PolicyRef&, const PolicyRef&) = default;
};

struct Policy {
  PolicyRef ref;
  // Why it cannot work, where it cannot (say, a preset this version does not know), each fault with its place: then
  // every agent write in its scope is refused, naming it. `spec` holds what could be read.
  std::vector<std::string> faults;
  PolicySpec spec;

  [[nodiscard]] bool works() const { return faults.empty(); }
  [[nodiscard]] std::string why_broken() const;  // all faults as one text; "": it works
};

// What of a policy counts for one request, copied into it: a later edit does not change what was asked.
struct PolicyCopy {
  PolicyRef ref;
  Approval approval;
  std::vector<std::string> ignored_fields;  // as text; empty list: none
  std::string message;

  friend bool operator==(const PolicyCopy&, const PolicyCopy&) = default;
};

// How often a request under these policies may be used: the least that any of them allows. Of none: never.
[[nodiscard]] std::uint32_t uses_allowed(const std::vector<PolicyCopy>& policies);

}  // namespace sallyport::model
