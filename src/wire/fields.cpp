#include "wire/fields.hpp"

#include <algorithm>

#include "wire/text.hpp"

namespace sallyport::wire {
namespace {

constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kMost = 20;      // faults
constexpr std::size_t kLongest = 400;  // a fault ends up in messages and conditions; what it quotes may be anything

const json::Value& empty_object() {
  static const json::Value empty = json::Value::object();
  return empty;
}

// A list of keys may have one twice where another kind of object has a further one.
std::vector<std::string_view> without_repeats(std::span<const std::string_view> keys) {
  std::vector<std::string_view> once;
  for (const auto key : keys) {
    if (std::ranges::find(once, key) == once.end()) once.push_back(key);
  }
  return once;
}

// "Enforce, Warn or Audit", "a, b, c".
std::string listed(std::span<const std::string_view> words, std::string_view before_last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? before_last : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace

void Fault::add(std::string_view place, std::string_view what) {
  add(std::string(clip(place, kLongest)).append(": ").append(clip(what, kLongest)));
}

void Fault::add(const Fault& other) {
  for (const auto& fault : other.all_) add(fault);
}

void Fault::add(std::string fault) {
  if (all_.size() < kMost && std::ranges::find(all_, fault) == all_.end()) all_.push_back(std::move(fault));
}

std::string Fault::text() const {
  std::string text;
  for (const auto& fault : all_) text.append(text.empty() ? "" : ". ").append(fault);
  return text;
}

Fields::Fields(const json::Value& value, std::string place, Fault& fault)
    : value_(value.is_null() ? empty_object() : value), place_(std::move(place)), fault_(fault) {
  if (!value_.is_object()) fault_.add(place_, "must be an object");
}

bool Fields::has(std::string_view key) const {
  return !value_[key].is_null();
}

std::string Fields::text(std::string_view key) const {
  if (has(key) && !value_[key].is_string()) complain(key, "must be a text");
  return std::string(value_[key].text());
}

std::string Fields::needed_text(std::string_view key) const {
  std::string found = text(key);
  if (found.empty()) complain(key, "is missing");
  return found;
}

bool Fields::flag(std::string_view key) const {
  if (has(key) && !value_[key].is_bool()) complain(key, "must be true or false");
  return value_[key].truth();
}

std::vector<std::string> Fields::texts(std::string_view key) const {
  std::vector<std::string> found;
  for (const json::Value& item : items_of(key)) {
    if (!item.is_string()) complain(key, "must be a list of texts");
    found.emplace_back(item.text());
  }
  return found;
}

std::int64_t Fields::integer(std::string_view key, std::int64_t least, std::int64_t most,
                             std::int64_t otherwise) const {
  if (!has(key)) return otherwise;
  const std::optional<std::int64_t> number = value_[key].integer();
  if (number && *number >= least && *number <= most) return *number;
  complain(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

Instant Fields::instant(std::string_view key) const {
  if (!has(key)) return {};
  const std::optional<Instant> parsed = parse_instant(text(key));
  if (!parsed) complain(key, "must be a time as in RFC 3339");
  return parsed.value_or(Instant{});
}

Duration Fields::duration(std::string_view key, Duration otherwise) const {
  if (!has(key)) return otherwise;
  const Result<Duration> parsed = parse_duration(text(key));
  if (!parsed) complain(key, parsed.error().message());
  return parsed.value_or(otherwise);
}

Fields Fields::object(std::string_view key) const {
  return Fields(value_[key], place_of(key), fault_);
}

void Fields::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const json::Member& member : value_.members()) {
    if (std::ranges::find(keys, std::string_view(member.key)) == keys.end()) {
      complain(member.key, "is not known to this version; known here: " + listed(without_repeats(keys), ", "));
    }
  }
}

std::string Fields::not_among(std::string_view given, std::span<const std::string_view> words) {
  return "\"" + clip(given, kLongestQuote) + "\" is not known; it must be " + listed(words, " or ");
}

void Fields::complain(std::string_view key, std::string_view what) const {
  fault_.add(place_of(key), what);
}

std::span<const json::Value> Fields::items_of(std::string_view key) const {
  if (has(key) && !value_[key].is_array()) complain(key, "must be a list");
  return value_[key].items();
}

std::string Fields::place_of(std::string_view key) const {
  return place_.empty() ? std::string(key) : place_ + "." + std::string(key);
}

}  // namespace sallyport::wire
