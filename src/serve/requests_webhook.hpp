#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "engine/engine.hpp"
#include "model/admission.hpp"

namespace sallyport::serve {

// The webhook `sallyport-requests`: what people may write to our own kinds. Policies that can not work are refused
// where they are written; a filled decision slot becomes a stamped review. Engine's thread.
[[nodiscard]] boost::asio::awaitable<std::string> answer_own_kind(engine::Engine& engine,
                                                                  model::AdmissionRequest review);

}  // namespace sallyport::serve
