#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sink/receiver.hpp"

namespace sallyport::sink {

// Calls what blocks, and may block for ever: a disk whose server is gone gives no thread back. So each call has a
// thread of its own, one at a time. One that is not over in time is left behind with what it was given, and the process
// may end without it. The executor's thread only.
class OwnThread {
 public:
  using Work = std::function<Outcome()>;  // holds all that it needs: it may outlive everybody

  explicit OwnThread(const boost::asio::any_io_executor& executor) : timer_(executor) {}
  ~OwnThread();
  OwnThread(const OwnThread&) = delete;
  OwnThread& operator=(const OwnThread&) = delete;

  // Nothing: it is not over by then; or an earlier one is not, and this one was not begun.
  [[nodiscard]] boost::asio::awaitable<std::optional<Outcome>> call(Work work,
                                                                    std::chrono::steady_clock::time_point deadline);

 private:
  struct Call;
  void begin(Work work);
  [[nodiscard]] boost::asio::awaitable<bool> is_over(std::chrono::steady_clock::time_point deadline);

  boost::asio::steady_timer timer_;
  std::shared_ptr<Call> call_;  // the last one
};

}  // namespace sallyport::sink
