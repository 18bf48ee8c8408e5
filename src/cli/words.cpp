#include "cli/words.hpp"

#include <chrono>
#include <cstdint>

namespace sallyport::cli {
namespace {

std::size_t rounded(std::uint64_t seconds, std::uint64_t unit) {
  return (seconds + unit / 2) / unit;
}

}  // namespace

std::string span_words(Duration span) {
  const auto micros = static_cast<std::uint64_t>(span.count() < 0 ? -span.count() : span.count());
  const std::uint64_t seconds = (micros + 500'000) / 1'000'000;
  if (seconds < 60) return count_words(seconds, "second");
  if (rounded(seconds, 60) < 60) return count_words(rounded(seconds, 60), "minute");
  if (rounded(seconds, 3600) < 48) return count_words(rounded(seconds, 3600), "hour");
  return count_words(rounded(seconds, 86400), "day");
}

std::string relative_words(Instant then, Instant now) {
  const Duration since = now - then;
  if (since > -std::chrono::seconds(1) && since < std::chrono::seconds(2)) return "just now";
  return since.count() > 0 ? span_words(since) + " ago" : "in " + span_words(since);
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
