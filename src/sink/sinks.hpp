#pragma once

#include <memory>
#include <vector>

#include "base/instant.hpp"
#include "sink/forwarder.hpp"

namespace sallyport::sink {

// All sinks of a replica, on one thread of their own: nothing that decides waits for them. `note` and `warn` of the
// surroundings, and `on_disk`, are called on that thread. The members on the caller's.
class Sinks {
 public:
  // Begins at once. Sinks that are not configured any more lose their cursors: nothing is kept for them. An Error: the
  // cursors cannot be written.
  [[nodiscard]] static Result<std::unique_ptr<Sinks>> start(const std::vector<Settings>& settings,
                                                            const Surroundings& surroundings);
  ~Sinks();
  Sinks(const Sinks&) = delete;
  Sinks& operator=(const Sinks&) = delete;

  // As of now, waits for nobody.
  [[nodiscard]] std::vector<Status> statuses() const;
  // Lets each deliver what it can within that time, then ends the thread. What was not delivered is at the next start.
  void stop(Duration patience);

 private:
  struct Thread;
  explicit Sinks(std::unique_ptr<Thread> thread);
  std::unique_ptr<Thread> thread_;
};

}  // namespace sallyport::sink
