#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace sallyport::cli {

// "3 minutes", "1 hour", "2 days": one unit, rounded to the nearest, as people say it.
[[nodiscard]] std::string span_words(Duration span);
// "3 minutes ago", "in 2 hours", "just now".
[[nodiscard]] std::string relative_words(Instant then, Instant now);
// "in 2 hours (2026-11-21T19:00:00Z)"
[[nodiscard]] std::string time_words(Instant then, Instant now);
// "2026-11-21T19:00:00Z (in 2 hours)"
[[nodiscard]] std::string until_words(Instant then, Instant now);
// To the second.
[[nodiscard]] std::string exact_time(Instant instant);

// "1 approval", "2 approvals".
[[nodiscard]] std::string count_words(std::size_t count, std::string_view thing);
[[nodiscard]] std::string joined(const std::vector<std::string>& texts, std::string_view separator = ", ");

}  // namespace sallyport::cli
