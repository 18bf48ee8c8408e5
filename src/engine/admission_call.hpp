#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/instant.hpp"

namespace sallyport::engine {

// The connection that an agent's call came on, as the engine may know it: whether it is still there. Thread-safe.
class Caller {
 public:
  virtual ~Caller() = default;
  [[nodiscard]] virtual bool is_there() const = 0;
  // Calls `gone` once, on the engine's thread, when the connection closes (soon, if it has closed already).
  virtual void on_leaving(std::function<void()> gone) = 0;
};

// How this one call of the API server must be answered, whatever it asks for.
struct AdmissionCall {
  std::string uid;      // of the AdmissionReview
  Duration deadline{};  // steady time at which the API server gives up on the call
  std::shared_ptr<Caller> caller;
  bool caller_proven = false;  // by a client certificate; else whoever knows the path may have sent it

  // May it be told to come again, and may it wait?
  bool retries_429 = true;
  bool is_collection = false;  // one object of a deletecollection: never held
  bool dry_run = false;        // it has no effect but its answer, unless what it asks has a plan
  bool shows_secret = false;   // of a dry run: its answer alone gives away what people must approve

  // May it enter again a use that the API server has come back with?
  std::int64_t generation = 0;   // of the target before the write; 0: it has none
  bool beyond_metadata = false;  // the change reaches what moves metadata.generation
};

}  // namespace sallyport::engine
