#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/crypto.hpp"

namespace sallyport::action {

// The name of the ApprovalRequest for one action of one agent: "<policy>-<12 characters>", at most 63 in all. Equal
// arguments give equal names, so that creating the object is the lock between replicas; without the key nobody can tell
// the name beforehand and take it. `attempt` is how many ended requests of that digest stand.
[[nodiscard]] std::string request_name(std::string_view policy_name, const Secret& key, std::string_view agent_username,
                                       std::string_view digest, std::size_t attempt);

// The name of what an agent asks ahead under one id of its own choice: "<id>-<6 characters>". Another agent that
// chooses the same id has another plan, so that nobody's request gets among what people read as one agent's plan.
[[nodiscard]] std::string plan_name(std::string_view id, const Secret& key, std::string_view agent_username);

}  // namespace sallyport::action
