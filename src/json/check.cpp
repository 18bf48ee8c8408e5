#include "json/check.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

// RapidJSON adds to the null pointer of its empty stack before it allocates. Harmless, but UBSan stops at it.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#pragma clang attribute pop

namespace sallyport::json {
namespace {

// Numbers come as text, so that a long one is none that does not fit.
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c & '\x80') != 0; });
}

class Checker : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Checker> {
 public:
  explicit Checker(std::size_t deepest) : deepest_(deepest) {}

  bool Default() { return depth_ > 0; }  // a value of its own is no object
  bool RawNumber(const char* /*text*/, rapidjson::SizeType /*length*/, bool /*copy*/) { return depth_ > 0; }
  bool StartObject() { return enter(); }
  bool StartArray() { return depth_ > 0 && enter(); }
  bool EndObject(rapidjson::SizeType /*count*/) { return leave(); }
  bool EndArray(rapidjson::SizeType /*count*/) { return leave(); }

  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (depth_ != 1) return true;
    const std::string_view key(text, length);
    for (const auto& earlier : keys_) {
      if (earlier == key) return false;
    }
    if (keys_.size() == kMostKeys) return false;
    keys_.emplace_back(key);
    return true;
  }

 private:
  static constexpr std::size_t kMostKeys = 64;  // each is compared with those before it

  bool enter() {
    ++depth_;
    return depth_ <= deepest_;
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t deepest_;
  std::size_t depth_ = 0;
  std::vector<std::string> keys_;
};

}  // namespace

Result<void> check_object(std::string_view text, std::size_t depth) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Checker handler(depth);
  // Looking at every character for its encoding costs more than all the rest.
  if (is_ascii(text)) {
    reader.Parse<kFlags>(stream, handler);
  } else {
    reader.Parse<kFlags | rapidjson::kParseValidateEncodingFlag>(stream, handler);
  }
  // To the reader a NUL byte is the end.
  if (!reader.HasParseError() && stream.Tell() == text.size()) return {};
  const auto at = reader.HasParseError() ? reader.GetErrorOffset() : stream.Tell();
  return fail(ErrorCode::bad_input, fmt::format("not acceptable as JSON (at byte {})", at));
}

}  // namespace sallyport::json
