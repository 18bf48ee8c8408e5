#pragma once

#include <string>

#include "json/value.hpp"

// A record as one line of a table. Nothing in it steers a terminal.
namespace sallyport::audit {

// Does it tell only what a caller of the webhook has said, of whom nothing but the path proves that it was the API
// server?
[[nodiscard]] bool is_hearsay(const json::Value& line);

// The people that a record names: who reviewed, or who revoked. "": none.
[[nodiscard]] std::string people_of(const json::Value& line);

[[nodiscard]] std::string heading();
[[nodiscard]] std::string row_of(const json::Value& line);

}  // namespace sallyport::audit
