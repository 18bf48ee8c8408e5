#pragma once

#include <optional>
#include <string>

#include "json/value.hpp"

namespace sallyport::doctor {

// The first field of the schema that the other lacks, such as "spec.action.kubernetes.effects": the API server would
// drop what is written there. Nothing: it has all of them. Pure.
[[nodiscard]] std::optional<std::string> missing_field(const json::Value& shipped, const json::Value& live);

}  // namespace sallyport::doctor
