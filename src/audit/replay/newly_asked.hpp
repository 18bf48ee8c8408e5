#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/replay/history.hpp"
#include "audit/replay/older_presets.hpp"
#include "model/policy.hpp"

// What policies ask about in a log today, and did not ask about before: because their presets took less in an earlier
// version, or because they were others.
namespace sallyport::audit {

// The stronger one comes later. A policy that cannot work refuses.
enum class Asks : std::uint8_t { nothing, audit, warn, enforce, refuse };
[[nodiscard]] std::string_view to_string(Asks asks);  // "Audit", "Warn", "Enforce", "Refuse"

struct PolicyName {
  std::string namespace_name;  // "" of a ClusterApprovalPolicy
  std::string name;

  friend auto operator<=>(const PolicyName&, const PolicyName&) = default;
};

// The first of several calls.
struct Example {
  Place at;
  std::string namespace_name, name, effects;
  std::vector<std::string> changed;  // some of the places, but for what the API server writes by itself
};

// What one policy asks of one agent about one kind.
struct NewlyAsked {
  PolicyName policy;
  Asks asks = Asks::nothing;
  std::string agent, action;  // "UPDATE cronjobs.batch"
  std::uint64_t count = 0;    // calls
  Example example;
};

// What a policy may ask about.
struct Untold {
  PolicyName policy;  // "", "": of whatever policy
  std::string why;
  std::uint64_t count = 0;
  Example example;
};

struct PolicyDiff {
  std::uint64_t calls = 0, newly = 0, untold = 0;  // calls: what waits in several turns is one
  std::uint64_t dry_runs = 0;                      // not looked at
  std::vector<NewlyAsked> rows;                    // most often first
  std::vector<Untold> doubts;
};

// Policies as they were before: by the presets of an earlier version, or others.
struct Before {
  const OlderPresets* presets = nullptr;
  std::vector<model::Policy> policies;  // where `presets` is null
};

// Of calls that `wanted` takes.
using WantedCall = std::function<bool(const Place& at, const Call& call, const std::string& request)>;
[[nodiscard]] PolicyDiff newly_asked(std::vector<model::Policy> today, const Before& before, const Histories& histories,
                                     const WantedCall& wanted);

}  // namespace sallyport::audit
