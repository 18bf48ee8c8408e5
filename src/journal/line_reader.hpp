#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "journal/scan.hpp"

namespace sallyport::journal {

// Cuts a stream of bytes into lines, holding no more of it than one line and one piece.
class LineReader {
 public:
  struct RawLine {
    std::string_view bytes;  // with its newline; empty: the stream has ended. They hold until the next call
    std::uint64_t number = 0;
    bool last = false;
  };

  explicit LineReader(const ReadSome& read) : read_(read) {}

  // An Error: reading failed, or the line is longer than a line may be.
  [[nodiscard]] Result<RawLine> next() &;

 private:
  Result<void> fill();

  const ReadSome& read_;  // the caller's
  std::string buffer_;
  std::size_t begin_ = 0;  // of the line, in the buffer
  std::size_t end_ = 0;    // of the line, and where the next one begins
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

}  // namespace sallyport::journal
