#pragma once

#include "policy/guard_case.hpp"

// What the API server serves: whoever moves a group takes what is in it away, and whoever takes a name of ours is asked
// in our place.
namespace sallyport::policy {

[[nodiscard]] Says moves_api(const GuardCase& it);        // APIServices
[[nodiscard]] Says takes_api(const GuardCase& it);        // CustomResourceDefinitions
[[nodiscard]] Says changes_serving(const GuardCase& it);  // either, of whatever group

}  // namespace sallyport::policy
