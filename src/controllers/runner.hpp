#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/instant.hpp"
#include "engine/seams.hpp"

namespace sallyport::controllers {

// Runs the loops of a process. A loop is a coroutine that goes on until the runner stops. One that ends before is dead,
// whether by an exception or not: nobody does its work any more, and only a new process can set that right (`why_dead`,
// by which liveness fails).
//
// Everything happens on the executor's one thread. The runner and what the loops refer to outlive the loops: `ended`.
class Runner {
 public:
  // The clock outlives this.
  Runner(boost::asio::any_io_executor executor, engine::AlarmClock& clock);

  // The name is what people are told. In test builds SALLYPORT_FAILPOINT=loop:NAME makes this loop throw as it begins.
  void spawn(std::string name, boost::asio::awaitable<void> loop);
  // Work that has an end of its own. An exception is a line of the operating log: the next piece may well succeed.
  void run_once(std::string name, boost::asio::awaitable<void> work);

  [[nodiscard]] const engine::AlarmClock& clock() const { return clock_; }
  // An alarm that the stop rings, too.
  [[nodiscard]] std::shared_ptr<engine::Alarm> make_alarm();
  // Ends at once when the runner stops.
  [[nodiscard]] boost::asio::awaitable<void> pause(Duration span);

  void stop();
  [[nodiscard]] bool stopping() const { return stopping_; }
  // Whether all that was spawned has ended; waits for it, but not longer than that.
  [[nodiscard]] boost::asio::awaitable<bool> ended(Duration at_most);

  // The first loop that died, and how; nothing: none has.
  [[nodiscard]] const std::optional<std::string>& why_dead() const { return why_dead_; }

 private:
  void died(const std::string& name, const std::string& how);

  boost::asio::any_io_executor executor_;
  engine::AlarmClock& clock_;
  std::vector<std::weak_ptr<engine::Alarm>> alarms_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::optional<std::string> why_dead_;
};

}  // namespace sallyport::controllers
