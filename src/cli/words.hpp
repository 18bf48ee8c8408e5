#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace sallyport::cli {

// "45 s", "1 min 30 s", "1 h 30 min", "2 days 3 h": never more than it is. Seconds stand beside fewer than ten minutes,
// minutes beside fewer than 48 hours, hours beside fewer than ten days.
[[nodiscard]] std::string span_words(Duration span);
// "3 min ago", "in 1 h 30 min", "just now". What is past is said without seconds.
[[nodiscard]] std::string relative_words(Instant then, Instant now);
// "in 2 h (2026-11-21T19:00:00Z)"
[[nodiscard]] std::string time_words(Instant then, Instant now);
// "2026-11-21T19:00:00Z (in 2 h)"
[[nodiscard]] std::string until_words(Instant then, Instant now);
// To the second.
[[nodiscard]] std::string exact_time(Instant instant);

// "1 approval", "2 approvals".
[[nodiscard]] std::string count_words(std::size_t count, std::string_view thing);
[[nodiscard]] std::string joined(const std::vector<std::string>& texts, std::string_view separator = ", ");

}  // namespace sallyport::cli
