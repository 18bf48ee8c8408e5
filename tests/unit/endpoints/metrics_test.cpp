#include "endpoints/metrics.hpp"

#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "endpoints/exposition.hpp"

namespace sallyport::endpoints {
namespace {

using Samples = std::map<std::string, std::string>;

// What may move, and the text of it: a sample is named with its label, but without the prefix.
struct Shown {
  Shown() { gauges.sinks.emplace_back().name = "siem"; }

  [[nodiscard]] Samples samples() const {
    Samples found;
    std::istringstream lines(text());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const auto blank = line.rfind(' ');
      EXPECT_TRUE(line.starts_with("sallyport_")) << line;
      found.emplace(line.substr(10, blank - 10), line.substr(blank + 1));
    }
    return found;
  }
  [[nodiscard]] std::string text() const {
    return write_metrics(metrics, gauges, {holds, decisions, api_calls, log_syncs}, net);
  }
  // Which samples differ once that has happened.
  std::set<std::string> moved_by(const std::function<void()>& happening) {
    const auto before = samples();
    happening();
    std::set<std::string> moved;
    for (const auto& [name, value] : samples()) {
      if (before.at(name) != value) moved.insert(name);
    }
    return moved;
  }

  Metrics metrics;
  Gauges gauges;
  net::Counters net;
  Histogram holds{Histogram::kHolds}, decisions{Histogram::kPeople}, api_calls{Histogram::kCalls},
      log_syncs{Histogram::kCalls};
};

std::set<std::string> only(const std::string& sample) {
  return {sample};
}

TEST(Metrics, EachCodeMovesItsOwnSample) {
  Shown shown;
  for (std::size_t i = 0; i < model::kCodes; ++i) {
    const auto code = static_cast<model::Code>(i);
    EXPECT_EQ(shown.moved_by([&] { shown.metrics.answered(code); }),
              only("admissions_answered_total{code=\"" + std::string(to_string(code)) + "\"}"));
  }
}

TEST(Metrics, EachEventOfAConnectionMovesItsOwnSample) {
  Shown shown;
  for (std::size_t i = 0; i < net::kEvents; ++i) {
    const auto event = static_cast<net::Event>(i);
    EXPECT_EQ(shown.moved_by([&] { shown.net.count(event); }),
              only("net_events_total{event=\"" + std::string(to_string(event)) + "\"}"));
  }
}

// Two that were exchanged would both move.
TEST(Metrics, EachCounterMovesItsOwnSampleAndThereIsNoOther) {
  Shown shown;
  auto& metrics = shown.metrics;
  auto& gauges = shown.gauges;
  auto& sink = gauges.sinks[0];
  const std::map<std::string, std::function<void()>> counted = {
      {"admissions_unmatched_total", [&] { ++metrics.unmatched; }},
      {"admissions_warned_total", [&] { metrics.observed("warned"); }},
      {"admissions_audited_total", [&] { metrics.observed("audited"); }},
      {"callers_not_proven_total", [&] { ++metrics.unproven; }},
      {"reviews_undecodable_total", [&] { ++metrics.undecodable; }},
      {"guard_reads_total", [&] { ++metrics.guard_reads; }},
      {"reviews_accepted_total", [&] { ++metrics.reviews_accepted; }},
      {"reviews_refused_total", [&] { ++metrics.reviews_refused; }},
      {"requests_removed_total", [&] { ++gauges.requests_removed; }},
      {"request_removals_failed_total", [&] { ++gauges.removals_failed; }},
      {"api_forbidden_total", [&] { ++gauges.api_forbidden; }},
      {"events_lost_total", [&] { ++gauges.events_lost; }},
      {"store_restored_total", [&] { ++gauges.stores_restored; }},
      {"log_records_total", [&] { ++gauges.log.records; }},
      {"log_syncs_total", [&] { ++gauges.log.syncs; }},
      {"log_rotations_total", [&] { ++gauges.log.rotations; }},
      {"log_errors_total", [&] { ++gauges.log.errors; }},
      {"sink_delivered_total{sink=\"siem\"}", [&] { ++sink.delivered; }},
      {"sink_failures_total{sink=\"siem\"}", [&] { ++sink.failures; }},
      {"sink_skipped_total{sink=\"siem\"}", [&] { ++sink.skipped, ++sink.delivered; }},
  };
  for (const auto& [sample, happening] : counted) EXPECT_EQ(shown.moved_by(happening), only(sample));
  for (const auto& [sample, value] : shown.samples()) {
    const auto name = sample.substr(0, sample.find('{'));
    const bool is_of_an_array = name == "admissions_answered_total" || name == "net_events_total";
    EXPECT_TRUE(!name.ends_with("_total") || is_of_an_array || counted.contains(sample)) << sample;
  }
}

TEST(Metrics, EachHistogramHasItsOwnSamples) {
  Shown shown;
  const std::map<std::string, Histogram*> all = {{"admission_duration_seconds", &shown.metrics.admissions_took},
                                                 {"hold_duration_seconds", &shown.holds},
                                                 {"decision_duration_seconds", &shown.decisions},
                                                 {"api_call_duration_seconds", &shown.api_calls},
                                                 {"log_sync_duration_seconds", &shown.log_syncs}};
  for (const auto& [name, histogram] : all) {
    const auto moved = shown.moved_by([&] { histogram->observe(std::chrono::milliseconds(700)); });
    EXPECT_TRUE(moved.contains(name + "_bucket{le=\"+Inf\"}")) << name;
    EXPECT_TRUE(moved.contains(name + "_sum")) << name;
    EXPECT_TRUE(moved.contains(name + "_count")) << name;
    for (const auto& sample : moved) EXPECT_TRUE(sample.starts_with(name + "_")) << sample;
  }
}

TEST(Metrics, AHistogramCountsEachUnderTheBoundsThatItReaches) {
  Histogram histogram(Histogram::kHolds);
  histogram.observe(std::chrono::milliseconds(100));  // a bound holds what is equal to it
  histogram.observe(std::chrono::milliseconds(101));
  histogram.observe(std::chrono::minutes(2));
  const auto reading = histogram.read();
  EXPECT_EQ(reading.up_to.front(), 1u);
  EXPECT_EQ(reading.up_to[1], 2u);
  EXPECT_EQ(reading.up_to[reading.bounds.size() - 1], 2u);
  EXPECT_EQ(reading.up_to.back(), 3u);
  EXPECT_DOUBLE_EQ(reading.seconds, 120.201);
}

// What is defined and never written would stand in docs/metrics.md alone.
TEST(Metrics, EachDefinedMetricIsWrittenWithItsTypeAndHelp) {
  Shown shown;
  shown.gauges.drifted = {{"gate", false}};
  shown.gauges.agents_seen = {{"deployer", 0}};
  const auto text = shown.text();
  EXPECT_GT(metric_definitions().size(), 40u);
  for (const auto& metric : metric_definitions()) {
    const std::string name(metric.name);
    EXPECT_TRUE(text.contains("# HELP sallyport_" + name + " " + std::string(metric.help) + "\n# TYPE sallyport_" +
                              name + " " + std::string(metric.type) + "\nsallyport_" + name))
        << name;
    EXPECT_EQ(name.ends_with("_total"), metric.type == "counter") << name;
  }
}

}  // namespace
}  // namespace sallyport::endpoints
