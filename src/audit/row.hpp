#pragma once

#include <string>

#include "json/value.hpp"

// A record as one line of a table. Nothing in it steers a terminal.
namespace sallyport::audit {

[[nodiscard]] std::string heading();
[[nodiscard]] std::string row_of(const json::Value& line);

}  // namespace sallyport::audit
