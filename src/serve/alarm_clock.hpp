#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "engine/seams.hpp"

namespace sallyport::serve {

// The time of `clock`, which outlives it, with alarms on the given executor. Those wait by the machine's timers: who
// moves the clock does not end a wait.
[[nodiscard]] std::unique_ptr<engine::AlarmClock> make_alarm_clock(const Clock& clock,
                                                                   boost::asio::any_io_executor executor);

}  // namespace sallyport::serve
