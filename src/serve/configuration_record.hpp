#pragma once

#include "model/log_record.hpp"
#include "serve/config.hpp"

namespace sallyport::serve {

// What decides beside the policies, for the log: whose calls are gated, and by what the guard goes.
[[nodiscard]] model::LogRecord configuration_loaded(const Config& config);

}  // namespace sallyport::serve
