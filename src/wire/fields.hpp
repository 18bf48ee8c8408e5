#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "json/value.hpp"
#include "model/words.hpp"

namespace sallyport::wire {

// What is wrong with what is being read, each in words that name the place: "spec.approval.uses: must be 1 to 100". In
// the order in which it was found, and not more than people read.
class Fault {
 public:
  void add(std::string_view place, std::string_view what);
  void add(const Fault& other);
  [[nodiscard]] bool any() const { return !all_.empty(); }
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }
  [[nodiscard]] std::string text() const;

 private:
  void add(std::string fault);

  std::vector<std::string> all_;
};

// The members of one JSON object, read strictly: a member that is missing or null reads as a zero, one of another type
// than asked for is a fault and reads as a zero, too. Keeps references: value and fault must outlive it.
class Fields {
 public:
  Fields(const json::Value& value, std::string place, Fault& fault);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::string needed_text(std::string_view key) const;  // missing or empty: a fault
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most,
                                     std::int64_t otherwise) const;
  [[nodiscard]] Instant instant(std::string_view key) const;  // RFC 3339; missing: the zero
  [[nodiscard]] Duration duration(std::string_view key, Duration otherwise) const;

  // One of these words; missing: `otherwise`.
  template <std::size_t N, typename Enum>
  [[nodiscard]] Enum word(std::string_view key, const model::Words<N>& words, Enum otherwise) const {
    if (!has(key)) return otherwise;
    const std::string given = text(key);
    if (const std::optional<Enum> parsed = model::value_of<Enum>(words, given)) return *parsed;
    if (value_[key].is_string()) complain(key, not_among(given, words));
    return otherwise;
  }
  // The same where others may know more words than this version.
  template <typename Parse, typename Enum>
  [[nodiscard]] Enum word(std::string_view key, Parse parse, Enum otherwise) const {
    if (!has(key)) return otherwise;
    const std::string given = text(key);
    if (const std::optional<Enum> parsed = parse(given)) return *parsed;
    complain(key, "\"" + given + "\" is not known to this version");
    return otherwise;
  }
  // The same where a missing word is a fault.
  template <typename Parse, typename Enum>
  [[nodiscard]] Enum needed_word(std::string_view key, Parse parse, Enum otherwise) const {
    if (!has(key)) complain(key, "is missing");
    return word(key, parse, otherwise);
  }

  [[nodiscard]] Fields object(std::string_view key) const;  // missing: an empty one
  // Reads each object of a list into an element of the result.
  template <typename Read>
  [[nodiscard]] auto list(std::string_view key, Read read) const {
    std::vector<decltype(read(std::declval<const Fields&>()))> elements;
    const std::span<const json::Value> items = items_of(key);
    elements.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      elements.push_back(read(Fields(items[i], place_of(key) + "[" + std::to_string(i) + "]", fault_)));
    }
    return elements;
  }

  // "\"enforce\" is not known; it must be Enforce, Warn or Audit".
  [[nodiscard]] static std::string not_among(std::string_view given, std::span<const std::string_view> words);
  // Any other member than these is a fault: what this version does not know may be a restriction.
  void allow_only(std::initializer_list<std::string_view> keys) const;
  void complain(std::string_view key, std::string_view what) const;
  [[nodiscard]] const json::Value& value() const { return value_; }

 private:
  [[nodiscard]] std::span<const json::Value> items_of(std::string_view key) const;
  [[nodiscard]] std::string place_of(std::string_view key) const;

  const json::Value& value_;
  std::string place_;
  Fault& fault_;
};

}  // namespace sallyport::wire
