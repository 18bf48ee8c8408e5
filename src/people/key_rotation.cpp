#include "people/key_rotation.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sallyport::people {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kBetweenFetches = minutes(1);
constexpr Duration kLeastAge = minutes(5);
constexpr Duration kMostAge = hours(24);
constexpr Duration kUsualAge = hours(1);  // where the issuer says nothing
constexpr std::int64_t kLongestMaxAge = 365LL * 24 * 3600;

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string_view{}
                                        : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool equal_but_for_case(std::string_view text, std::string_view lower) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(text, lower, {}, low);
}

}  // namespace

std::optional<Duration> max_age_of(std::string_view cache_control) {
  std::optional<Duration> least;
  const auto say = [&](Duration age) { least = std::min(least.value_or(age), age); };
  while (!cache_control.empty()) {
    const auto comma = std::min(cache_control.find(','), cache_control.size());
    const auto directive = trimmed(cache_control.substr(0, comma));
    cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
    const auto equals = std::min(directive.find('='), directive.size());
    const auto name = trimmed(directive.substr(0, equals));
    if (equal_but_for_case(name, "no-store") || equal_but_for_case(name, "no-cache")) say(Duration{});
    if (!equal_but_for_case(name, "max-age") || equals == directive.size()) continue;
    const auto digits = trimmed(directive.substr(equals + 1));
    std::int64_t age = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), age);
    const bool is_number = error == std::errc{} && end == digits.data() + digits.size() && age >= 0;
    // What cannot be read is taken for "as short as may be".
    say(seconds(is_number ? std::min(age, kLongestMaxAge) : 0));
  }
  return least;
}

const KeySet* KeyRotation::keys(Duration now) const {
  return keys_ && now - *as_of_ < kMostAge ? &*keys_ : nullptr;
}

bool KeyRotation::is_due(Duration now) const {
  return (!keys_ || now - *as_of_ >= fresh_for_) && may_begin(now);
}

bool KeyRotation::may_begin(Duration now) const {
  return !began_ || now - *began_ >= kBetweenFetches;
}

KeyRotation::Ticket KeyRotation::begin(Duration now) {
  began_ = now;
  running_ = true;
  return ++last_;
}

void KeyRotation::succeeded(Ticket fetch, KeySet keys, std::optional<Duration> max_age) {
  if (!running_ || fetch != last_) return;
  running_ = false;
  keys_ = std::move(keys);
  as_of_ = began_;
  fresh_for_ = std::clamp(max_age.value_or(kUsualAge), kLeastAge, kMostAge);
}

void KeyRotation::failed(Ticket fetch) {
  if (fetch == last_) running_ = false;
}

}  // namespace sallyport::people
