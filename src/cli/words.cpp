#include "cli/words.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace sallyport::cli {
namespace {

constexpr std::uint64_t kMinute = 60;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

std::uint64_t whole_seconds(Duration span) {
  const auto micros =
      span.count() < 0 ? -static_cast<std::uint64_t>(span.count()) : static_cast<std::uint64_t>(span.count());
  return micros / 1'000'000;
}

// "1 h", or with what is left "1 h 30 min".
std::string two_units(std::string first, std::uint64_t rest, const char* unit) {
  return rest == 0 ? first : std::move(first) + " " + std::to_string(rest) + unit;
}

std::string seconds_words(std::uint64_t seconds) {
  if (seconds < kMinute) return std::to_string(seconds) + " s";
  if (seconds < kHour) {
    const std::uint64_t rest = seconds < 10 * kMinute ? seconds % kMinute : 0;
    return two_units(std::to_string(seconds / kMinute) + " min", rest, " s");
  }
  if (seconds < 2 * kDay) return two_units(std::to_string(seconds / kHour) + " h", seconds % kHour / kMinute, " min");
  const std::uint64_t rest = seconds < 10 * kDay ? seconds % kDay / kHour : 0;
  return two_units(count_words(seconds / kDay, "day"), rest, " h");
}

}  // namespace

std::string span_words(Duration span) {
  return seconds_words(whole_seconds(span));
}

std::string relative_words(Instant then, Instant now) {
  const Duration since = now - then;
  if (since > -std::chrono::seconds(1) && since < std::chrono::seconds(2)) return "just now";
  const auto seconds = whole_seconds(since);
  if (since.count() < 0) return "in " + seconds_words(seconds);
  return seconds_words(seconds < kMinute ? seconds : seconds - seconds % kMinute) + " ago";
}

std::string time_words(Instant then, Instant now) {
  return relative_words(then, now) + " (" + exact_time(then) + ")";
}

std::string until_words(Instant then, Instant now) {
  return exact_time(then) + " (" + relative_words(then, now) + ")";
}

std::string exact_time(Instant instant) {
  return format_instant(instant).substr(0, std::string_view("2026-11-21T19:00:00").size()) + "Z";
}

std::string count_words(std::size_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string all;
  for (const auto& text : texts) all.append(all.empty() ? "" : separator).append(text);
  return all;
}

}  // namespace sallyport::cli
