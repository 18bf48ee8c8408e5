#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "model/request.hpp"
#include "policy/basis.hpp"

namespace sallyport::engine {

// The connection that an agent's call came on, as the engine may know it: whether it is still there. Thread-safe.
class Caller {
 public:
  virtual ~Caller() = default;
  [[nodiscard]] virtual bool is_there() const = 0;
  // Calls `gone` once, on the engine's thread, when the connection closes (soon, if it has closed already).
  virtual void on_leaving(std::function<void()> gone) = 0;
};

// One admission of an action that policies gate: everything of the review that counts, made on the I/O thread, without
// the body. A held call keeps no more than this.
struct GatedAction {
  std::string admission_uid;
  bool caller_proven = false;  // by a client certificate; else whoever knows the path may have sent it
  model::Requester requester;
  bool retries_429 = true;
  bool is_collection = false;  // one object of a deletecollection: never held
  bool dry_run = false;

  model::ActionRecord action;
  std::string reason;            // the agent's words
  std::int64_t generation = 0;   // of the target before the write; 0: it has none
  bool beyond_metadata = false;  // the change reaches what moves metadata.generation

  // The Enforce policies that matched, and by which facts; combined.
  std::vector<model::PolicyCopy> policies;
  json::Value facts;
  Duration pending_timeout{};
  Duration valid_for{};
  std::uint32_t uses = 1;
  model::WhilePending while_pending = model::WhilePending::reject;
  Duration hold_for{};
  std::string message;
  policy::Basis basis;  // of the match: a use when it no longer stands is matched anew

  Duration deadline{};  // steady time at which the API server gives up on this call
  std::shared_ptr<Caller> caller;
};

}  // namespace sallyport::engine
