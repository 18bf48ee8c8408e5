#include "doctor/crds.hpp"

namespace sallyport::doctor {

std::optional<std::string> missing_field(const json::Value& shipped, const json::Value& live) {
  for (const auto& [name, schema] : shipped["properties"].members()) {
    const auto* there = live["properties"].find(name);
    if (there == nullptr) return name;
    if (const auto below = missing_field(schema, *there)) return name + "." + *below;
  }
  if (const auto* items = shipped.find("items")) return missing_field(*items, live["items"]);
  if (const auto* values = shipped.find("additionalProperties")) {
    return missing_field(*values, live["additionalProperties"]);
  }
  return std::nullopt;
}

}  // namespace sallyport::doctor
