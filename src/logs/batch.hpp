#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sallyport::logs {

// How far one stream of a log has been taken.
struct Position {
  std::string stream;
  std::uint64_t seq = 0;     // of the last line that was taken
  std::uint64_t offset = 0;  // where that line ends, in bytes, in the file that holds it
  std::string head;          // the SHA-256 of that line, in hex: the next one's `prev`

  friend bool operator==(const Position&, const Position&) = default;
};

// Lines of one stream that follow each other, as they stand in one file of the log.
struct Batch {
  std::string stream;
  std::uint64_t file_first_seq = 0;  // of the first line in that file
  std::uint64_t offset = 0;          // in that file, in bytes, where the first of these lines begins
  std::vector<std::string> lines;    // never empty, each with its newline, each begins as journal::read_start reads
  std::size_t bytes = 0;             // of all lines
  Position end;                      // behind the last one
};

// What one batch may take of memory and of a receiver's patience. A line that is longer goes alone.
struct BatchLimits {
  std::size_t records = 500;
  std::size_t bytes = std::size_t{1} << 20;
};

}  // namespace sallyport::logs
