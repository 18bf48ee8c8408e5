#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "json/shape.hpp"

namespace sallyport::json {

// Reads JSON text from front to back and makes no tree: the caller asks for what it expects and skips the rest, which
// is checked all the same (RFC 8259 and UTF-8; depth is bounded). The first thing wrong ends it: from then on every
// read gives nothing, so that callers look at `failed` once, at the end. Texts it gives point into the input, or, where
// they were escaped, into the scanner, and hold until the next call.
class Scanner {
 public:
  static constexpr std::size_t kMaxDepth = 128;

  // `max_depth`: at most kMaxDepth.
  explicit Scanner(std::string_view text, std::size_t max_depth = kMaxDepth)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), max_depth_(std::min(max_depth, kMaxDepth)) {}

  // scanner.enter_object(); while (auto key = scanner.next_key()) { ...read or skip one value... }
  void enter_object() { enter('{'); }
  void enter_array() { enter('['); }
  [[nodiscard]] std::optional<std::string_view> next_key();  // nothing: the object has ended
  [[nodiscard]] bool next_item();                            // false: the array has ended

  [[nodiscard]] std::string_view read_text();
  [[nodiscard]] bool at_object() { return at('{'); }  // is an object next?
  [[nodiscard]] bool at_array() { return at('['); }
  [[nodiscard]] bool at_text() { return at('"'); }
  bool take_null() { return take("null"); }  // takes a null if one is next
  bool take_false() { return take("false"); }
  void skip_value();
  // The same of a value of which this is known: false if a name in it is not, or is written with escapes.
  [[nodiscard]] bool skip_known(const Shape& shape);
  void finish();  // nothing but blanks may follow

  void fail(std::string_view what);
  [[nodiscard]] bool failed() const { return !failure_.empty(); }
  [[nodiscard]] std::string error() const;

 private:
  void enter(char bracket);
  [[nodiscard]] bool at(char first);
  bool take(std::string_view word);
  bool next_in(char closing);  // past the comma, at the next entry; false: past the end

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
  bool fresh_ = false;  // just inside a bracket: no comma before the first entry
  std::string decoded_;
  std::string failure_;
  std::size_t failed_at_ = 0;
};

}  // namespace sallyport::json
