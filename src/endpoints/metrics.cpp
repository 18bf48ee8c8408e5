#include "endpoints/metrics.hpp"

#include <functional>
#include <iterator>

#include <fmt/format.h>

namespace sallyport::endpoints {
namespace {

void head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(text), "# HELP sallyport_{0} {2}\n# TYPE sallyport_{0} {1}\n", name, type, help);
}

template <typename Number>
void single(std::string& text, std::string_view name, std::string_view type, std::string_view help, Number value) {
  head(text, name, type, help);
  fmt::format_to(std::back_inserter(text), "sallyport_{} {}\n", name, value);
}

void counter(std::string& text, std::string_view name, std::string_view help, std::uint64_t value) {
  single(text, name, "counter", help, value);
}

void gauge(std::string& text, std::string_view name, std::string_view help, double value) {
  single(text, name, "gauge", help, value);
}

// One sample for each sink.
void of_sinks(std::string& text, const std::vector<sink::Status>& sinks, std::string_view name, std::string_view type,
              std::string_view help, const std::function<double(const sink::Status&)>& value) {
  if (sinks.empty()) return;
  head(text, name, type, help);
  for (const auto& sink : sinks) {
    fmt::format_to(std::back_inserter(text), "sallyport_{}{{sink=\"{}\"}} {}\n", name, sink.name, value(sink));
  }
}

void write_sinks(std::string& text, const std::vector<sink::Status>& sinks) {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  of_sinks(text, sinks, "sink_lag_records", "gauge", "Records in this replica's log that a sink has not delivered.",
           [&](const auto& sink) { return number(sink.lag_records); });
  of_sinks(text, sinks, "sink_lag_seconds", "gauge", "How long ago the first of them was written.",
           [](const auto& sink) { return sink.lag_seconds; });
  of_sinks(text, sinks, "sink_behind", "gauge", "1 while a sink is behind for longer than its behindAfter.",
           [](const auto& sink) { return sink.is_behind ? 1.0 : 0.0; });
  of_sinks(text, sinks, "sink_delivered_total", "counter", "Records that a sink's receiver has taken.",
           [&](const auto& sink) { return number(sink.delivered - sink.skipped); });
  of_sinks(text, sinks, "sink_skipped_total", "counter", "Records that a sink's receiver has refused.",
           [&](const auto& sink) { return number(sink.skipped); });
  of_sinks(text, sinks, "sink_failures_total", "counter", "Attempts to deliver that were not taken.",
           [&](const auto& sink) { return number(sink.failures); });
}

}  // namespace

std::string write_metrics(const Metrics& metrics, const Gauges& gauges, const net::Counters& net) {
  std::string text;
  counter(text, "admissions_unmatched_total", "Admissions that no policy and no guard cares about.", metrics.unmatched);
  head(text, "admissions_answered_total", "counter", "Answers to gated actions, by code.");
  for (std::size_t i = 0; i < model::kCodes; ++i) {
    fmt::format_to(std::back_inserter(text), "sallyport_admissions_answered_total{{code=\"{}\"}} {}\n",
                   to_string(static_cast<model::Code>(i)), metrics.answers[i].load());
  }
  counter(text, "admissions_warned_total", "Actions that a policy in Warn would have asked for.", metrics.warned);
  counter(text, "admissions_audited_total", "Actions that a policy in Audit would have asked for.", metrics.audited);
  counter(text, "guard_reads_total",
          "Admissions for which the built-in guard has read the cluster: connections to pods, and roles.",
          metrics.guard_reads);
  counter(text, "callers_not_proven_total", "Calls refused because nothing proved that the API server made them.",
          metrics.unproven);
  counter(text, "reviews_undecodable_total", "AdmissionReviews that could not be decoded.", metrics.undecodable);
  counter(text, "reviews_accepted_total", "People's reviews that were stamped.", metrics.reviews_accepted);
  counter(text, "reviews_refused_total", "People's reviews that were refused.", metrics.reviews_refused);

  gauge(text, "holds", "Calls that wait for people now.", static_cast<double>(gauges.holds));
  head(text, "requests", "gauge", "Open approval requests, by state.");
  fmt::format_to(std::back_inserter(text), "sallyport_requests{{state=\"Pending\"}} {}\n", gauges.pending);
  fmt::format_to(std::back_inserter(text), "sallyport_requests{{state=\"Approved\"}} {}\n", gauges.approved);
  counter(text, "requests_removed_total",
          "Ended requests removed, since they had been kept for as long as they are to be.", gauges.requests_removed);
  counter(text, "request_removals_failed_total",
          "Ended requests that could not be removed; tried again ten minutes later.", gauges.removals_failed);
  gauge(text, "policies", "Policies in force.", static_cast<double>(gauges.policies));
  gauge(text, "seconds_since_confirmed", "Since policies and namespaces were confirmed by a quorum read.",
        gauges.seconds_since_confirmed);
  gauge(text, "certificate_expiry_timestamp_seconds", "When the webhooks' certificate ends.", gauges.certificate_ends);
  gauge(text, "unprotected",
        "1 if what stops agents is gone or changed, or an agent has a right that leads around it, or a key is missing; "
        "the log says which.",
        gauges.is_unprotected ? 1 : 0);
  head(text, "gate_drifted", "gauge",
       "1 if this part of what stops agents is gone or not as installed. gate: they pass.");
  for (const auto& [part, drifted] : gauges.drifted) {
    fmt::format_to(std::back_inserter(text), "sallyport_gate_drifted{{part=\"{}\"}} {}\n", part, drifted ? 1 : 0);
  }
  head(text, "agent_last_seen_timestamp_seconds", "gauge",
       "When the last call of this agent came to this replica; 0: none since it started.");
  for (const auto& [agent, at] : gauges.agents_seen) {
    fmt::format_to(std::back_inserter(text), "sallyport_agent_last_seen_timestamp_seconds{{agent=\"{}\"}} {:.0f}\n",
                   agent, at);
  }
  gauge(text, "forged_decisions",
        "Requests that stand with a decision that is sealed and does not follow from their reviews: nothing is let "
        "through by them.",
        static_cast<double>(gauges.forged_decisions));
  gauge(text, "unknown_requests",
        "Requests with a form or a type of another version: this replica lets nothing through by them.",
        static_cast<double>(gauges.unknown_requests));
  counter(text, "api_forbidden_total",
          "Calls that the API server refused to Sallyport's account: a right is missing in the installation.",
          gauges.api_forbidden);
  counter(text, "events_lost_total", "Kubernetes Events that could not be sent.", gauges.events_lost);
  gauge(text, "keys_missing", "1 while a key is missing that a replica which starts now needs; the log says which.",
        gauges.lacks_keys ? 1 : 0);
  counter(text, "store_restored_total", "Times the cluster's store was found put back to an earlier state.",
          gauges.stores_restored);
  gauge(text, "store_restoration_under_way",
        "1 while this replica lets nothing through, since it revokes what stood in a store that was put back.",
        gauges.is_revoking ? 1 : 0);
  gauge(text, "ready", "1 if this replica answers.", gauges.ready ? 1 : 0);
  gauge(text, "caller_proven_by_certificate",
        "0: caller not proven: nothing but the unguessable path tells the API server's calls from others'.",
        gauges.caller_by_certificate ? 1 : 0);

  counter(text, "log_records_total", "Records written to the log.", gauges.log_records);
  counter(text, "log_syncs_total", "Times the log was brought to disk.", gauges.log_syncs);
  counter(text, "log_rotations_total", "Files of the log that were closed, and the next one begun.",
          gauges.log_rotations);
  counter(text, "log_errors_total", "Times the log could not be written.", gauges.log_errors);

  write_sinks(text, gauges.sinks);

  head(text, "net_events_total", "counter", "What happened to connections and requests of the webhook's port.");
  for (std::size_t i = 0; i < net::kEvents; ++i) {
    const auto event = static_cast<net::Event>(i);
    fmt::format_to(std::back_inserter(text), "sallyport_net_events_total{{event=\"{}\"}} {}\n", to_string(event),
                   net[event]);
  }
  gauge(text, "net_connections", "Open connections of the webhook's port.",
        static_cast<double>(net.connections.load()));
  return text;
}

}  // namespace sallyport::endpoints
