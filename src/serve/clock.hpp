#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "engine/seams.hpp"

namespace sallyport::serve {

// The operating system's clocks, with alarms on the given executor.
[[nodiscard]] std::unique_ptr<engine::Clock> make_clock(boost::asio::any_io_executor executor);

}  // namespace sallyport::serve
