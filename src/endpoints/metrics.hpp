#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/histogram.hpp"
#include "model/answer.hpp"
#include "net/counters.hpp"
#include "sink/forwarder.hpp"

namespace sallyport::endpoints {

// Counters of all threads. Nothing that callers can name is ever a label: no user, no namespace, no object.
struct Metrics {
  std::atomic<std::uint64_t> unmatched{0};  // admissions that no policy and no guard cares about
  std::atomic<std::uint64_t> warned{0};
  std::atomic<std::uint64_t> audited{0};
  std::atomic<std::uint64_t> unproven{0};  // calls that proved neither by certificate nor by path who they are
  std::atomic<std::uint64_t> undecodable{0};
  std::atomic<std::uint64_t> guard_reads{0};
  std::atomic<std::uint64_t> reviews_accepted{0};
  std::atomic<std::uint64_t> reviews_refused{0};
  std::array<std::atomic<std::uint64_t>, model::kCodes> answers{};  // to gated actions, by code
  Histogram admissions_took{Histogram::kCalls};                     // but for those that people are asked about

  // What a policy in Warn or Audit would have asked for, by its record's event.
  void observed(std::string_view event) {
    if (event == "warned") warned.fetch_add(1, std::memory_order_relaxed);
    if (event == "audited") audited.fetch_add(1, std::memory_order_relaxed);
  }
  void answered(model::Code code) { answers[static_cast<std::size_t>(code)].fetch_add(1, std::memory_order_relaxed); }
};

// What is read at the moment of the scrape.
struct Gauges {
  std::string version;
  std::size_t holds = 0;
  std::size_t pending = 0;
  std::size_t approved = 0;
  std::size_t policies = 0;
  // The journal's counters, of which this folder knows nothing.
  struct Log {
    std::uint64_t records = 0;
    std::uint64_t syncs = 0;
    std::uint64_t errors = 0;
    std::uint64_t rotations = 0;
    std::uint64_t volume_bytes = 0;
    std::uint64_t volume_free = 0;
  } log;
  double seconds_since_confirmed = 0;
  double certificate_ends = 0;  // Unix time
  std::size_t stores_restored = 0;
  bool is_revoking = false;
  std::uint64_t requests_removed = 0;
  std::uint64_t removals_failed = 0;
  bool is_unprotected = false;
  std::vector<std::pair<std::string_view, bool>> drifted;   // by role: gone, or not as installed
  std::vector<std::pair<std::string, double>> agents_seen;  // of the configuration; Unix time, 0: never
  std::size_t forged_decisions = 0;
  std::size_t unknown_requests = 0;
  std::uint64_t api_forbidden = 0;
  std::uint64_t events_lost = 0;
  bool lacks_keys = false;
  bool ready = false;
  bool caller_by_certificate = false;
  std::vector<sink::Status> sinks;
};

// What others have measured.
struct Durations {
  const Histogram& holds;
  const Histogram& decisions;
  const Histogram& api_calls;
  const Histogram& log_syncs;
};

// Prometheus text exposition format 0.0.4.
[[nodiscard]] std::string write_metrics(const Metrics& metrics, const Gauges& gauges, const Durations& durations,
                                        const net::Counters& net);

}  // namespace sallyport::endpoints
