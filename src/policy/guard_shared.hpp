#pragma once

#include "policy/guard_case.hpp"

// What all share, and by which Sallyport can be silenced, starved or impersonated.
namespace sallyport::policy {

[[nodiscard]] Says speaks_for_sallyport(const GuardCase& it);  // Events
[[nodiscard]] Says limits_sallyport(const GuardCase& it);      // ResourceQuotas
[[nodiscard]] Says reorders_calls(const GuardCase& it);        // FlowSchemas
[[nodiscard]] Says starves_calls(const GuardCase& it);         // PriorityLevelConfigurations
[[nodiscard]] Says touches_volume(const GuardCase& it);        // PersistentVolumes, and what points to one

}  // namespace sallyport::policy
