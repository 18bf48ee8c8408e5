#include "cli/chart_values.hpp"

#include <utility>

#include "cli/documents.hpp"
#include "whatif/test_file.hpp"

namespace sallyport::cli {

Result<ChartValues> read_chart_values(const std::string& file) {
  if (file.empty()) return ChartValues{};
  const auto documents = read_objects(file);
  if (!documents) return fail(documents.error());
  if (documents->size() > 1) return fail(ErrorCode::bad_input, file + ": must be one document, values of the chart");
  const auto values = documents->empty() ? json::Value() : documents->front();
  auto table = whatif::table_with(values["effects"]);
  if (!table) return fail(table.error().while_doing(file));
  ChartValues read{.effects = std::move(*table), .agents = {}};
  if (values["agents"].items().empty()) return read;
  auto agents = whatif::read_agents(values);
  if (!agents) return fail(agents.error().while_doing(file));
  read.agents = std::move(*agents);
  return read;
}

}  // namespace sallyport::cli
