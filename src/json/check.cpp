#include "json/check.hpp"

#include <fmt/format.h>

// RapidJSON adds to the null pointer of its empty stack before it allocates. Harmless, but UBSan stops at it.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#pragma clang attribute pop

namespace sallyport::json {
namespace {

// Numbers come as text, so that a long one is none that does not fit.
constexpr unsigned kFlags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

struct Ignore : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Ignore> {
  bool RawNumber(const char* /*text*/, rapidjson::SizeType /*length*/, bool /*copy*/) { return true; }
};

}  // namespace

Result<void> check(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Ignore handler;
  reader.Parse<kFlags>(stream, handler);
  // To the reader a NUL byte is the end.
  if (!reader.HasParseError() && stream.Tell() == text.size()) return {};
  const auto at = reader.HasParseError() ? reader.GetErrorOffset() : stream.Tell();
  return fail(ErrorCode::bad_input, fmt::format("not acceptable as JSON (at byte {})", at));
}

}  // namespace sallyport::json
