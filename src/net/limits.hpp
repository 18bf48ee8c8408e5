#pragma once

#include <chrono>
#include <cstddef>

namespace sallyport::net {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

// What one caller, and all of them together, may take of a server. Counts and bytes in flight are shared by all servers
// that are given the same Counters (one server a thread), times are each connection's.
struct Limits {
  std::size_t head_bytes = 16 * kKiB;  // of at most Headers::kMostFields fields; more of either is answered 431
  std::size_t body_bytes = 16 * kMiB;
  std::size_t body_bytes_in_flight = 256 * kMiB;
  std::size_t connections = 1024;
  std::size_t half_open = 256;  // in the handshake, or without a first complete head

  std::chrono::milliseconds handshake{5'000};
  std::chrono::milliseconds head{5'000};      // from a head's first byte to its last
  std::chrono::milliseconds request{10'000};  // from a head's first byte to the body's last
  std::chrono::milliseconds write{10'000};
  std::chrono::milliseconds idle{120'000};  // longer than the 90 s for which the API server keeps a connection
  std::chrono::milliseconds linger{1'000};  // for the caller to read the last answer before the socket goes
  std::chrono::milliseconds sweep{250};     // how coarsely all of these are measured
};

}  // namespace sallyport::net
