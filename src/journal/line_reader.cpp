#include "journal/line_reader.hpp"

#include <fmt/format.h>

namespace sallyport::journal {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

Result<LineReader::RawLine> LineReader::next() {
  ++number_;
  std::size_t end = buffer_.find('\n');
  while (end == std::string::npos && !ended_ && buffer_.size() < kLineLimit) {
    const auto searched = buffer_.size();
    if (const auto filled = fill(); !filled) return fail(filled.error());
    end = buffer_.find('\n', searched);
  }
  const auto size = end == std::string::npos ? buffer_.size() : end + 1;
  if (size > kLineLimit || (end == std::string::npos && !ended_)) {
    return fail(ErrorCode::bad_input, fmt::format("line {} is longer than {} bytes", number_, kLineLimit));
  }
  RawLine line{buffer_.substr(0, size), number_, false};
  buffer_.erase(0, size);
  // Whether a line is the last one decides what is made of it, so the next byte is looked for now.
  if (buffer_.empty() && !ended_) {
    if (const auto filled = fill(); !filled) return fail(filled.error());
  }
  line.last = buffer_.empty();
  return line;
}

Result<void> LineReader::fill() {
  const auto held = buffer_.size();
  buffer_.resize(held + kPiece);
  const auto count = read_({buffer_.data() + held, kPiece});
  buffer_.resize(held + count.value_or(0));
  if (!count) return fail(count.error());
  ended_ = *count == 0;
  return {};
}

}  // namespace sallyport::journal
