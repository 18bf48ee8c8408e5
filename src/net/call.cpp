#include "net/call.hpp"

#include <utility>

namespace sallyport::net {

void Call::when_closed(std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      then_.push_back(std::move(then));
      return;
    }
  }
  if (!is_open()) then();
}

// What was registered runs and goes outside the lock: it may look at the call.
void Call::close() {
  std::vector<std::function<void()>> then;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    open_.store(false, std::memory_order_release);
    then.swap(then_);
  }
  for (const auto& each : then) each();
}

void Call::finish() {
  std::vector<std::function<void()>> then;
  const std::lock_guard lock(mutex_);
  ended_ = true;
  then.swap(then_);
}

}  // namespace sallyport::net
