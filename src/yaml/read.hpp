#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace YAML {
class Node;
}

// YAML as JSON values.
namespace sallyport::yaml {

// What a text may cost before it is refused. Aliases count as often as they stand, so that no small text becomes large.
struct Limits {
  std::size_t bytes = 4u << 20;
  std::size_t depth = 64;
  std::size_t values = 200'000;
};

// A tree, with YAML 1.2's core schema for plain scalars. Aliases are followed as they stand.
[[nodiscard]] json::Value to_json(const YAML::Node& node);

// A text's documents, in their order and without the empty ones. JSON is YAML, too. The error says where and what.
[[nodiscard]] Result<std::vector<json::Value>> read_documents(std::string_view text, const Limits& limits = {});

}  // namespace sallyport::yaml
