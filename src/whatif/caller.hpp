#pragma once

#include <string>
#include <vector>

#include "model/identity.hpp"

namespace sallyport::whatif {

// The caller as the API server would name it: with the groups that a service account has by being one.
[[nodiscard]] model::User caller_named(std::string username, std::vector<std::string> groups = {});

// One of an agent's identities: the first that tells a name. Empty if it is known by groups alone.
[[nodiscard]] model::User caller_of(const model::Agent& agent);

}  // namespace sallyport::whatif
