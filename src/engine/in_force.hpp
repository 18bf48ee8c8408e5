#pragma once

#include <functional>

#include "model/policy.hpp"
#include "policy/basis.hpp"

namespace sallyport::engine {

// What the engine asks of the policies that are in force. On its thread.
struct InForce {
  // Would the call be matched in the same way by them?
  std::function<bool(const policy::Basis&)> stands;
  // Is this policy still there, whatever it asks by now?
  std::function<bool(const model::PolicyRef&)> has;
};

}  // namespace sallyport::engine
