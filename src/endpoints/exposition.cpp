#include "endpoints/exposition.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

namespace sallyport::endpoints {
namespace {

std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::vector<MetricDefinition> read_table(std::string_view table) {
  std::vector<MetricDefinition> all;
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size());
    auto line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const auto name = take_word(line);
    const auto type = take_word(line);
    const auto label = take_word(line);
    all.push_back({name, type, label == "-" ? "" : label, line});
  }
  return all;
}

// Large numbers whole, as Unix times and bytes are; the others as short as they are exact.
std::string number(double value) {
  constexpr double kWhole = 9e15;
  return value == static_cast<double>(static_cast<std::int64_t>(std::clamp(value, -kWhole, kWhole)))
             ? fmt::format("{:.0f}", value)
             : fmt::format("{}", value);
}

}  // namespace

const std::vector<MetricDefinition>& metric_definitions() {
  static const auto all = read_table(kMetricsTable);
  return all;
}

const MetricDefinition& Exposition::head(std::string_view name, std::string_view type, bool is_empty) {
  const auto& all = metric_definitions();
  const auto found = std::ranges::find(all, name, &MetricDefinition::name);
  if (found == all.end() || found->type != type) std::abort();
  if (!is_empty) {
    fmt::format_to(std::back_inserter(text_), "# HELP sallyport_{0} {2}\n# TYPE sallyport_{0} {1}\n", name, type,
                   found->help);
  }
  return *found;
}

void Exposition::counter(std::string_view name, std::uint64_t value) {
  sample(head(name, "counter"), "", value);
}

void Exposition::gauge(std::string_view name, double value) {
  sample(head(name, "gauge"), "", value);
}

void Exposition::sample(const MetricDefinition& definition, std::string_view value_of_label, std::uint64_t value) {
  sample(definition, value_of_label, static_cast<double>(value));
}

void Exposition::sample(const MetricDefinition& definition, std::string_view value_of_label, double value) {
  auto out = std::back_inserter(text_);
  fmt::format_to(out, "sallyport_{}", definition.name);
  if (!definition.label.empty()) fmt::format_to(out, "{{{}=\"{}\"}}", definition.label, value_of_label);
  fmt::format_to(out, " {}\n", number(value));
}

void Exposition::histogram(std::string_view name, const Histogram& histogram) {
  head(name, "histogram");
  const auto reading = histogram.read();
  auto out = std::back_inserter(text_);
  for (std::size_t i = 0; i < reading.bounds.size(); ++i) {
    fmt::format_to(out, "sallyport_{}_bucket{{le=\"{}\"}} {}\n", name, reading.bounds[i], reading.up_to[i]);
  }
  const auto all = reading.up_to.back();
  fmt::format_to(out, "sallyport_{0}_bucket{{le=\"+Inf\"}} {1}\nsallyport_{0}_sum {2}\nsallyport_{0}_count {1}\n", name,
                 all, reading.seconds);
}

}  // namespace sallyport::endpoints
