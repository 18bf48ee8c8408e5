#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"

namespace sallyport::json {

// What a text may cost us before it is refused. The API server itself takes 3 MiB bodies and a depth of 10,000; an
// AdmissionReview holds the object twice.
struct Limits {
  std::size_t bytes = 16u << 20;
  std::size_t depth = 128;  // never more than 1,000, whatever is asked
  std::size_t values = 2'000'000;
  // Members of this name, wherever they stand, are null in the value: it is made of texts whose bulk nobody looks at.
  // Within them only the syntax is checked.
  std::string_view unread = {};
};

// Strict RFC 8259: valid UTF-8, no duplicate keys, no trailing bytes, no NaN; integers beyond 64 bits and
// numbers beyond double are refused. The error names the byte offset.
[[nodiscard]] Result<Value> parse(std::string_view text, const Limits& limits = {});

// Compact, members in their order.
[[nodiscard]] std::string write(const Value& value);
// Compact, members sorted by the bytes of their keys: equal values have equal bytes.
[[nodiscard]] std::string write_canonical(const Value& value);
// Indented by two blanks, for people.
[[nodiscard]] std::string write_pretty(const Value& value);

}  // namespace sallyport::json
