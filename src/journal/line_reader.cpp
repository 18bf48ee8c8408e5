#include "journal/line_reader.hpp"

#include <fmt/format.h>

namespace sallyport::journal {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

Result<LineReader::RawLine> LineReader::next() & {
  ++number_;
  begin_ = end_;
  auto newline = buffer_.find('\n', begin_);
  while (newline == std::string::npos && !ended_ && buffer_.size() - begin_ < kLineLimit) {
    if (const auto filled = fill(); !filled) return fail(filled.error());
    newline = buffer_.find('\n', begin_);
  }
  end_ = newline == std::string::npos ? buffer_.size() : newline + 1;
  if (end_ - begin_ > kLineLimit || (newline == std::string::npos && !ended_)) {
    return fail(ErrorCode::bad_input, fmt::format("line {} is longer than {} bytes", number_, kLineLimit));
  }
  // Whether a line is the last one decides what is made of it, so the next byte is looked for now.
  if (end_ == buffer_.size() && !ended_) {
    if (const auto filled = fill(); !filled) return fail(filled.error());
  }
  return RawLine{std::string_view(buffer_).substr(begin_, end_ - begin_), number_, end_ == buffer_.size()};
}

// What stands before the line is given up.
Result<void> LineReader::fill() {
  buffer_.erase(0, begin_);
  end_ -= begin_;
  begin_ = 0;
  const auto held = buffer_.size();
  buffer_.resize(held + kPiece);
  const auto count = read_({buffer_.data() + held, kPiece});
  buffer_.resize(held + count.value_or(0));
  if (!count) return fail(count.error());
  ended_ = *count == 0;
  return {};
}

}  // namespace sallyport::journal
