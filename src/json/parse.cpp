#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

// RapidJSON adds to the null pointer of its empty stack before it allocates. Harmless, but UBSan stops at it.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/error/error.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#pragma clang attribute pop

#include "json/json.hpp"

namespace sallyport::json {
namespace {

// Values are destroyed, compared and written by recursion. This much of it fits any thread's stack, even in a
// sanitizer's build.
constexpr std::size_t kDeepest = 1000;
constexpr std::size_t kFewKeys = 16;
constexpr std::string_view kHalfPair = "a \\u escape that is half a surrogate pair";
constexpr std::string_view kTooBig = "a number beyond what a double can hold";

// Numbers come as text: the reader would silently round integers beyond 64 bits.
constexpr unsigned kFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

struct PendingKey {
  std::string text;
  std::size_t end;  // the offset after it
};

// The first key that equals an earlier one, or nullptr. Sorting, unlike hashing, costs no more for chosen keys.
const PendingKey* find_duplicate(std::span<const PendingKey> keys) {
  if (keys.size() <= kFewKeys) {
    for (auto key = keys.begin(); key != keys.end(); ++key)
      if (std::ranges::find(keys.begin(), key, key->text, &PendingKey::text) != key) return &*key;
    return nullptr;
  }
  std::vector<const PendingKey*> sorted;
  sorted.reserve(keys.size());
  for (const PendingKey& key : keys) sorted.push_back(&key);
  std::ranges::stable_sort(sorted, {}, [](const PendingKey* key) -> std::string_view { return key->text; });
  const auto same = [](const PendingKey* a, const PendingKey* b) { return a->text == b->text; };
  const auto found = std::ranges::adjacent_find(sorted, same);
  return found == sorted.end() ? nullptr : *std::next(found);
}

// Takes the reader's events and builds the value. Children wait on one flat stack until their container ends and its
// size is known. A method returns false to stop the reader, after it has put down why.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  Builder(const Limits& limits, const rapidjson::MemoryStream& stream)
      : depth_limit_(std::min(limits.depth, kDeepest)),
        value_limit_(limits.values),
        unread_key_(limits.unread),
        stream_(stream) {}

  // Events that `kFlags` rules out.
  bool Default() { return refuse("the reader gave an unexpected event"); }
  bool Null() { return add(Value()); }
  bool Bool(bool truth) { return add(Value(truth)); }

  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return unread_ ? pass_over() : add_number({text, length});
  }

  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (unread_) return pass_over();
    return is_unicode({text, length}) && add(Value(std::string(text, length)));
  }

  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (unread_) return true;
    if (!is_unicode({text, length})) return false;
    keys_.push_back({std::string(text, length), stream_.Tell()});
    if (keys_.back().text == unread_key_ && !unread_key_.empty()) unread_ = depth_;
    return true;
  }

  bool StartObject() { return open(); }
  bool StartArray() { return open(); }
  bool EndObject(rapidjson::SizeType count);
  bool EndArray(rapidjson::SizeType count);

  [[nodiscard]] Value take() { return std::move(values_.front()); }

  struct Refusal {
    std::string why;
    std::optional<std::size_t> offset;  // unset: where the reader stopped
  };
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  bool refuse(std::string why, std::optional<std::size_t> offset = {}) {
    refusal_ = Refusal{std::move(why), offset};
    return false;
  }

  bool open() {
    if (++depth_ > depth_limit_) return refuse(fmt::format("nested deeper than {} levels", depth_limit_));
    return true;
  }

  bool count() { return ++count_ <= value_limit_ || refuse(fmt::format("more than {} values", value_limit_)); }

  bool add(Value value) {
    if (unread_) return pass_over();
    if (!count()) return false;
    values_.push_back(std::move(value));
    return true;
  }

  // A value within the unread member, or, where it stands at that member's depth, the member's own.
  bool pass_over() {
    if (!count()) return false;
    if (depth_ != *unread_) return true;
    unread_.reset();
    values_.emplace_back();
    return true;
  }

  bool add_number(std::string_view text);
  bool is_unicode(std::string_view text);

  std::size_t depth_limit_;
  std::size_t value_limit_;
  std::string_view unread_key_;
  const rapidjson::MemoryStream& stream_;  // owned by `parse`
  std::size_t depth_ = 0;
  std::size_t count_ = 0;
  std::vector<Value> values_;
  std::vector<PendingKey> keys_;
  std::optional<std::size_t> unread_;  // at which depth the unread member stands that the reader is in
  std::optional<Refusal> refusal_;
};

// The reader checks the text's bytes and the first half of \u surrogate pairs, but lets a second half stand alone.
bool Builder::is_unicode(std::string_view text) {
  for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return refuse(std::string(kHalfPair));
  return true;
}

bool Builder::add_number(std::string_view text) {
  const char* end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t whole = 0;
    if (std::from_chars(text.data(), end, whole).ec == std::errc{}) return add(Value(whole));
    std::uint64_t large = 0;
    if (text.front() != '-' && std::from_chars(text.data(), end, large).ec == std::errc{}) return add(Value(large));
    return refuse("an integer that does not fit 64 bits");
  }
  double real = 0;
  if (std::from_chars(text.data(), end, real).ec != std::errc{} || !std::isfinite(real))
    return refuse(std::string(kTooBig));
  return add(Value(real));
}

bool Builder::EndObject(rapidjson::SizeType count) {
  --depth_;
  if (unread_) return pass_over();
  const auto keys = keys_.end() - count;
  const auto values = values_.end() - count;
  if (const auto* twice = find_duplicate({keys, keys_.end()})) {
    const auto size = twice->text.size();
    const auto name = size <= 64 ? write(Value(twice->text)) : fmt::format("of {} bytes", size);
    return refuse(fmt::format("the key {} stands twice in one object", name), twice->end);
  }
  Value::Object members;
  members.reserve(count);
  for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i)
    members.push_back({std::move(keys[i].text), std::move(values[i])});
  keys_.erase(keys, keys_.end());
  values_.erase(values, values_.end());
  return add(Value(std::move(members)));
}

bool Builder::EndArray(rapidjson::SizeType count) {
  --depth_;
  if (unread_) return pass_over();
  const auto values = values_.end() - count;
  Value::Array items(std::make_move_iterator(values), std::make_move_iterator(values_.end()));
  values_.erase(values, values_.end());
  return add(Value(std::move(items)));
}

std::string_view reason(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "there is no value";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "something follows the value";
    case rapidjson::kParseErrorValueInvalid:
      return "expected a value";
    case rapidjson::kParseErrorObjectMissName:
      return "expected a member's name";
    case rapidjson::kParseErrorObjectMissColon:
      return "expected ':' after a member's name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "expected ',' or '}' after a member";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "expected ',' or ']' after a list element";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
      return "expected four hex digits after \\u";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return kHalfPair;
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "a bad escape or a control character in a string";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "a string without its end";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "a string that is not UTF-8";
    case rapidjson::kParseErrorNumberTooBig:
      return kTooBig;
    case rapidjson::kParseErrorNumberMissFraction:
      return "expected a digit after '.'";
    case rapidjson::kParseErrorNumberMissExponent:
      return "expected a digit in an exponent";
    default:
      return "the reader stopped";
  }
}

std::unexpected<Error> refuse(std::string_view why, std::size_t offset) {
  return fail(ErrorCode::bad_input, fmt::format("not acceptable as JSON: {} (at byte {})", why, offset));
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes)
    return fail(ErrorCode::bad_input,
                fmt::format("not acceptable as JSON: {} bytes, and {} is the limit", text.size(), limits.bytes));
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Builder builder(limits, stream);
  reader.Parse<kFlags>(stream, builder);
  if (const auto& refusal = builder.refusal())
    return refuse(refusal->why, refusal->offset.value_or(reader.GetErrorOffset()));
  if (reader.HasParseError()) return refuse(reason(reader.GetParseErrorCode()), reader.GetErrorOffset());
  // To the reader a NUL byte is the end.
  if (stream.Tell() != text.size()) return refuse("a NUL byte", stream.Tell());
  return builder.take();
}

}  // namespace sallyport::json
