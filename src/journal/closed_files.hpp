#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sallyport::journal {

// A log's files: the one that is written, <replica>.jsonl, and those closed before it by a rotation, which never change
// again: <stream>.<seq of the first line>.jsonl.
struct ClosedFile {
  std::string path;
  std::uint64_t first_seq = 0;
};

[[nodiscard]] std::string closed_file_name(std::string_view stream, std::uint64_t first_seq);
// In the order of their lines. No directory: none.
[[nodiscard]] Result<std::vector<ClosedFile>> closed_files(const std::string& dir, std::string_view stream);

}  // namespace sallyport::journal
