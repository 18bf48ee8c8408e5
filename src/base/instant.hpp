#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sallyport {

// Wall-clock time, UTC, in microseconds; and spans of it. What must not jump (deadlines of calls) uses steady time.
using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

// RFC 3339 with microseconds and "Z": sorts as text, and parses back to the same Instant.
[[nodiscard]] std::string format_instant(Instant instant);
// RFC 3339 as Kubernetes writes it (any fraction, "Z" or an offset). Nothing if it is not.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);

// "1h30m", "28s", "500ms": Go's notation without fractions, as the CRDs take it; whole and positive.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace sallyport
