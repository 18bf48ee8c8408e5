#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "json/path.hpp"
#include "model/policy.hpp"
#include "policy/match.hpp"

namespace sallyport::policy {

// The built-in ignored fields, by their annotations' names: what `ignoredFields` means where a policy omits it. Each is
// ignored only as far as it is what it says (action/ knows how): they are names and no paths.
inline constexpr std::string_view kRestartedAt = "kubectl.kubernetes.io/restartedAt";
inline constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

struct IgnoredFields {
  bool restarted_at = false;
  bool last_applied = false;
  std::vector<json::PathPattern> paths;
};

// What several policies ask for together. The zero grants nothing.
struct Terms {
  std::vector<model::PolicyCopy> policies;
  Duration pending_timeout{};
  Duration valid_for{};
  std::uint32_t uses = 0;
  model::WhilePending while_pending = model::WhilePending::reject;
  Duration wait_for{};
  std::optional<Duration> hold_for;  // nothing: as long as a call may
  model::DryRun dry_run = model::DryRun::refuse;
  IgnoredFields ignored;
  std::optional<std::vector<json::PathPattern>> changed_fields;  // as in Match
  std::string message;
};

// The Enforce policies of a match as one: requirements add up, of times and uses the least, Reject before Hold, a
// dry run is allowed only where all allow it, ignored only what all ignore.
[[nodiscard]] Terms combine(const Match& match);

}  // namespace sallyport::policy
