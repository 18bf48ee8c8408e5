#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport::net {

// All that can happen to a connection or a request; the name is the metric's label.
enum class Event {
  connection_accepted,
  connection_refused,  // over the limit, with none idle to make room
  connection_evicted,  // closed to make room for a newer one
  accept_failed,
  handshake_done,
  handshake_failed,
  request_complete,  // came in whole and was handed to the handler
  answered,
  forbidden,        // 403 by the server's caller_check
  bad_request,      // 400
  length_required,  // 411
  body_too_large,   // 413
  head_too_large,   // 431
  overloaded,       // 503: too many bytes of bodies in flight
  cut_short,        // closed by the caller in the middle of a request
  caller_gone,      // closed by the caller before the answer
  handler_failed,   // the handler threw: 500
  timed_out_handshake,
  timed_out_head,
  timed_out_body,
  timed_out_write,
  timed_out_idle,
};
inline constexpr std::size_t kEvents = static_cast<std::size_t>(Event::timed_out_idle) + 1;

[[nodiscard]] std::string_view to_string(Event event);

// Shared by the servers of all threads; read for the metrics from any.
struct Counters {
  std::array<std::atomic<std::uint64_t>, kEvents> events{};
  std::atomic<std::size_t> connections{0};           // open now
  std::atomic<std::size_t> half_open{0};             // of these, without a first complete head
  std::atomic<std::size_t> body_bytes_in_flight{0};  // reserved for bodies that somebody still holds

  void count(Event event) { events[static_cast<std::size_t>(event)].fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t operator[](Event event) const {
    return events[static_cast<std::size_t>(event)].load(std::memory_order_relaxed);
  }
};

}  // namespace sallyport::net
