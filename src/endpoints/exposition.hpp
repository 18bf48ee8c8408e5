#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/histogram.hpp"

namespace sallyport::endpoints {

// The bytes of metrics.table, in which each metric has its one definition; src/CMakeLists.txt makes the .cpp of it.
extern const std::string_view kMetricsTable;

struct MetricDefinition {
  std::string_view name;   // without "sallyport_"
  std::string_view type;   // "counter", "gauge" or "histogram"
  std::string_view label;  // "": none
  std::string_view help;
};
// In the table's order; read at the first call. Any thread.
[[nodiscard]] const std::vector<MetricDefinition>& metric_definitions();

// Prometheus text exposition format 0.0.4, written by the definitions: a metric that has none, or another type, is a
// mistake in our code, and ends the process.
class Exposition {
 public:
  void counter(std::string_view name, std::uint64_t value);
  void gauge(std::string_view name, double value);
  void histogram(std::string_view name, const Histogram& histogram);

  // With one label, as the definition has it. Nothing is written of a metric without samples.
  template <typename Samples>
  void counters(std::string_view name, const Samples& samples) {
    const auto& definition = head(name, "counter", samples.empty());
    for (const auto& [value_of_label, value] : samples) sample(definition, value_of_label, std::uint64_t{value});
  }
  template <typename Samples>
  void gauges(std::string_view name, const Samples& samples) {
    const auto& definition = head(name, "gauge", samples.empty());
    for (const auto& [value_of_label, value] : samples) sample(definition, value_of_label, double(value));
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  const MetricDefinition& head(std::string_view name, std::string_view type, bool is_empty = false);
  void sample(const MetricDefinition& definition, std::string_view value_of_label, std::uint64_t value);
  void sample(const MetricDefinition& definition, std::string_view value_of_label, double value);

  std::string text_;
};

}  // namespace sallyport::endpoints
