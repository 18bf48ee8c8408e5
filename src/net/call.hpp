#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

namespace sallyport::net {

// A caller who waits for an answer, or reads one that is a stream, as others than its connection may see it. Any
// thread.
class Call {
 public:
  // False once the caller hung up (or was cut off): whatever is answered now, nobody reads it. Of a stream also once
  // the server drains.
  [[nodiscard]] bool is_open() const { return open_.load(std::memory_order_acquire); }

  // Called once: on the connection's thread when the caller hangs up, or in here if that has happened already. Never if
  // the call was answered first.
  void when_closed(std::function<void()> then);

  // For the connection. The first of the two counts, and lets go of what `when_closed` was given.
  void close();
  void finish();

 private:
  std::atomic<bool> open_{true};
  std::mutex mutex_;  // guards the two below
  bool ended_ = false;
  std::vector<std::function<void()>> then_;
};

}  // namespace sallyport::net
