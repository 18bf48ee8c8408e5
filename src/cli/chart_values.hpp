#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "effects/table.hpp"
#include "model/identity.hpp"

namespace sallyport::cli {

// What counts of the chart's values for whoever looks at policies.
struct ChartValues {
  effects::SharedTable effects;                     // null: no values are named
  std::optional<std::vector<model::Agent>> agents;  // nothing: the values name none
};

// Of a file; "": none is named. The error says what stands wrong in it.
[[nodiscard]] Result<ChartValues> read_chart_values(const std::string& file);

}  // namespace sallyport::cli
