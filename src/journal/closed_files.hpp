#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sallyport::journal {

// A log's files: the one that is written, <replica>.jsonl, and those closed before it by a rotation, whose lines never
// change again: <stream>.<seq of the first line>.jsonl, or, compressed, the same with .gz behind it.
struct ClosedFile {
  std::string path;
  std::uint64_t first_seq = 0;
};

inline constexpr std::string_view kCompressed = ".gz";
inline constexpr std::string_view kCompressing = ".gz.part";  // what is not finished

// The one that is written.
[[nodiscard]] std::string written_file_name(std::string_view stream);
[[nodiscard]] std::string closed_file_name(std::string_view stream, std::uint64_t first_seq);
// The name that the file had before it was compressed, if it is.
[[nodiscard]] std::string_view without_compressed(std::string_view name);
// May a log stand in a file of this name? *.jsonl and *.jsonl.gz.
[[nodiscard]] bool is_log_name(std::string_view name);

// In the order of their lines. No directory: none. One that is there in both ways is still being compressed, or that
// was cut short: the one that was there first counts.
[[nodiscard]] Result<std::vector<ClosedFile>> closed_files(const std::string& dir, std::string_view stream);
// In every way that it is there: one of them that stayed would leave a hole behind it when the next file goes.
[[nodiscard]] Result<void> remove_closed(const ClosedFile& file);

}  // namespace sallyport::journal
