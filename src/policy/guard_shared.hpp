#pragma once

#include "policy/guard_case.hpp"

// What all share, and by which Sallyport can be silenced, starved or impersonated.
namespace sallyport::policy {

[[nodiscard]] Why speaks_for_sallyport(const GuardCase& it);  // Events
[[nodiscard]] Why limits_sallyport(const GuardCase& it);      // ResourceQuotas
[[nodiscard]] Why reorders_calls(const GuardCase& it);        // FlowSchemas
[[nodiscard]] Why starves_calls(const GuardCase& it);         // PriorityLevelConfigurations
[[nodiscard]] Why touches_volume(const GuardCase& it);        // PersistentVolumes, and what points to one

}  // namespace sallyport::policy
