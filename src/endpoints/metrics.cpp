#include "endpoints/metrics.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "endpoints/exposition.hpp"

namespace sallyport::endpoints {
namespace {

template <typename Value>
using Samples = std::vector<std::pair<std::string_view, Value>>;

void write_admissions(Exposition& out, const Metrics& metrics) {
  out.counter("admissions_unmatched_total", metrics.unmatched);
  Samples<std::uint64_t> answers;
  for (std::size_t i = 0; i < model::kCodes; ++i) {
    answers.emplace_back(to_string(static_cast<model::Code>(i)), metrics.answers[i].load());
  }
  out.counters("admissions_answered_total", answers);
  out.counter("admissions_warned_total", metrics.warned);
  out.counter("admissions_audited_total", metrics.audited);
  out.histogram("admission_duration_seconds", metrics.admissions_took);
  out.counter("guard_reads_total", metrics.guard_reads);
  out.counter("callers_not_proven_total", metrics.unproven);
  out.counter("reviews_undecodable_total", metrics.undecodable);
  out.counter("reviews_accepted_total", metrics.reviews_accepted);
  out.counter("reviews_refused_total", metrics.reviews_refused);
}

void write_requests(Exposition& out, const Gauges& gauges, const Durations& durations) {
  out.gauge("holds", static_cast<double>(gauges.holds));
  out.histogram("hold_duration_seconds", durations.holds);
  out.gauges("requests", Samples<std::size_t>{{"Pending", gauges.pending}, {"Approved", gauges.approved}});
  out.histogram("decision_duration_seconds", durations.decisions);
  out.counter("requests_removed_total", gauges.requests_removed);
  out.counter("request_removals_failed_total", gauges.removals_failed);
}

void write_cluster(Exposition& out, const Gauges& gauges, const Durations& durations) {
  out.gauge("policies", static_cast<double>(gauges.policies));
  out.gauge("seconds_since_confirmed", gauges.seconds_since_confirmed);
  out.gauge("certificate_expiry_timestamp_seconds", gauges.certificate_ends);
  out.gauge("unprotected", gauges.is_unprotected);
  out.gauges("gate_drifted", gauges.drifted);
  out.gauges("agent_last_seen_timestamp_seconds", gauges.agents_seen);
  out.gauge("forged_decisions", static_cast<double>(gauges.forged_decisions));
  out.gauge("unknown_requests", static_cast<double>(gauges.unknown_requests));
  out.histogram("api_call_duration_seconds", durations.api_calls);
  out.counter("api_forbidden_total", gauges.api_forbidden);
  out.counter("events_lost_total", gauges.events_lost);
  out.gauge("keys_missing", gauges.lacks_keys);
  out.counter("store_restored_total", gauges.stores_restored);
  out.gauge("store_restoration_under_way", gauges.is_revoking);
  out.gauge("ready", gauges.ready);
  out.gauge("caller_proven_by_certificate", gauges.caller_by_certificate);
}

void write_log(Exposition& out, const Gauges& gauges, const Durations& durations) {
  out.counter("log_records_total", gauges.log.records);
  out.counter("log_syncs_total", gauges.log.syncs);
  out.histogram("log_sync_duration_seconds", durations.log_syncs);
  out.counter("log_rotations_total", gauges.log.rotations);
  out.counter("log_errors_total", gauges.log.errors);
  out.gauge("log_volume_size_bytes", static_cast<double>(gauges.log.volume_bytes));
  out.gauge("log_volume_free_bytes", static_cast<double>(gauges.log.volume_free));
}

void write_sinks(Exposition& out, const std::vector<sink::Status>& sinks) {
  const auto of_each = [&sinks](auto value) {
    Samples<decltype(value(sinks.front()))> samples;
    for (const auto& sink : sinks) samples.emplace_back(sink.name, value(sink));
    return samples;
  };
  out.gauges("sink_lag_records", of_each([](const auto& sink) { return sink.lag_records; }));
  out.gauges("sink_lag_seconds", of_each([](const auto& sink) { return sink.lag_seconds; }));
  out.gauges("sink_behind", of_each([](const auto& sink) { return sink.is_behind; }));
  out.counters("sink_delivered_total", of_each([](const auto& sink) { return sink.delivered - sink.skipped; }));
  out.counters("sink_skipped_total", of_each([](const auto& sink) { return sink.skipped; }));
  out.counters("sink_failures_total", of_each([](const auto& sink) { return sink.failures; }));
}

void write_net(Exposition& out, const net::Counters& net) {
  Samples<std::uint64_t> events;
  for (std::size_t i = 0; i < net::kEvents; ++i) {
    const auto event = static_cast<net::Event>(i);
    events.emplace_back(to_string(event), net[event]);
  }
  out.counters("net_events_total", events);
  out.gauge("net_connections", static_cast<double>(net.connections.load()));
}

}  // namespace

std::string write_metrics(const Metrics& metrics, const Gauges& gauges, const Durations& durations,
                          const net::Counters& net) {
  Exposition out;
  out.gauges("build_info", Samples<int>{{gauges.version, 1}});
  write_admissions(out, metrics);
  write_requests(out, gauges, durations);
  write_cluster(out, gauges, durations);
  write_log(out, gauges, durations);
  write_sinks(out, gauges.sinks);
  write_net(out, net);
  return out.take();
}

}  // namespace sallyport::endpoints
