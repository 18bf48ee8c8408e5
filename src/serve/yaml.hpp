#pragma once

#include "json/value.hpp"

namespace YAML {
class Node;
}

namespace sallyport::serve {

// A YAML tree as a JSON value, with YAML 1.2's core schema for plain scalars. Aliases are followed as they stand.
[[nodiscard]] json::Value to_json(const YAML::Node& node);

}  // namespace sallyport::serve
