#pragma once

#include "policy/guard_case.hpp"

// What the API server serves: whoever moves a group takes what is in it away, and whoever takes a name of ours is asked
// in our place.
namespace sallyport::policy {

[[nodiscard]] Why moves_api(const GuardCase& it);  // APIServices
[[nodiscard]] Why takes_api(const GuardCase& it);  // CustomResourceDefinitions

}  // namespace sallyport::policy
