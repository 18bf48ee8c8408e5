#pragma once

#include <string>

#include "json/value.hpp"

namespace sallyport::cli {

// JSON and YAML of a value, exact, with a line's end. What steers or hides text stands there escaped, so that a
// terminal shows it and a parser reads what it was.
[[nodiscard]] std::string to_json(const json::Value& value);
[[nodiscard]] std::string to_yaml(const json::Value& value);

}  // namespace sallyport::cli
