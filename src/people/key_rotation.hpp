#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/instant.hpp"
#include "people/key_set.hpp"

namespace sallyport::people {

// "max-age" of a Cache-Control header (RFC 9111), zero where it says no-store or no-cache; nothing where it says
// neither.
[[nodiscard]] std::optional<Duration> max_age_of(std::string_view cache_control);

// An issuer's keys over time: which count now, and when they may be fetched again. A value without I/O: its owner
// fetches, and times are `Clock::steady()`.
//
// Whatever tokens come, a fetch begins at most once a minute. Keys count for 24 hours from the moment when their fetch
// began: then an issuer that somebody has made unreachable is unknown, and a key that it has withdrawn meanwhile is not
// valid for ever. A fetch that failed changes nothing else.
class KeyRotation {
 public:
  using Ticket = std::uint64_t;

  // The keys that count, or nullptr: they are unknown, and no token can be verified.
  [[nodiscard]] const KeySet* keys(Duration now) const;
  // Whether to fetch although nobody asks: there are none, or they are as old as the issuer allows (5 minutes to 24
  // hours).
  [[nodiscard]] bool is_due(Duration now) const;
  // Whether to fetch since a token names a key that is not among them.
  [[nodiscard]] bool may_begin(Duration now) const;

  // A fetch begins. One that was never ended is given up, so that an answer that never ends blocks nothing.
  Ticket begin(Duration now);
  // Ignored if another fetch has begun since.
  void succeeded(Ticket fetch, KeySet keys, std::optional<Duration> max_age);
  void failed(Ticket fetch);

  // When the keys that count were asked for. For metrics and doctor.
  [[nodiscard]] std::optional<Duration> as_of() const { return as_of_; }

 private:
  std::optional<KeySet> keys_;
  std::optional<Duration> as_of_;
  Duration fresh_for_{};
  std::optional<Duration> began_;
  Ticket last_ = 0;
  bool running_ = false;
};

}  // namespace sallyport::people
