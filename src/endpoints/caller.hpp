#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "engine/admission_call.hpp"
#include "net/call.hpp"

namespace sallyport::endpoints {

// An agent's connection as the engine knows it: leaving is told on the engine's thread.
[[nodiscard]] std::shared_ptr<engine::Caller> make_caller(std::shared_ptr<net::Call> call,
                                                          boost::asio::any_io_executor engine_executor);

}  // namespace sallyport::endpoints
