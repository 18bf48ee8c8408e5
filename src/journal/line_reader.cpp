#include "journal/line_reader.hpp"

#include <utility>

#include <fmt/format.h>

namespace sallyport::journal {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

Result<LineReader::RawLine> LineReader::next() {
  ++number_;
  auto end = buffer_.find('\n', taken_);
  while (end == std::string::npos && !ended_ && buffer_.size() - taken_ < kLineLimit) {
    if (const auto filled = fill(); !filled) return fail(filled.error());
    end = buffer_.find('\n', taken_);
  }
  const auto size = (end == std::string::npos ? buffer_.size() : end + 1) - taken_;
  if (size > kLineLimit || (end == std::string::npos && !ended_)) {
    return fail(ErrorCode::bad_input, fmt::format("line {} is longer than {} bytes", number_, kLineLimit));
  }
  RawLine line{buffer_.substr(taken_, size), number_, false};
  taken_ += size;
  // Whether a line is the last one decides what is made of it, so the next byte is looked for now.
  if (taken_ == buffer_.size() && !ended_) {
    if (const auto filled = fill(); !filled) return fail(filled.error());
  }
  line.last = taken_ == buffer_.size();
  return line;
}

Result<void> LineReader::fill() {
  buffer_.erase(0, std::exchange(taken_, 0));
  const auto held = buffer_.size();
  buffer_.resize(held + kPiece);
  const auto count = read_({buffer_.data() + held, kPiece});
  buffer_.resize(held + count.value_or(0));
  if (!count) return fail(count.error());
  ended_ = *count == 0;
  return {};
}

}  // namespace sallyport::journal
