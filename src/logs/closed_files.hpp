#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sallyport::logs {

// A closed file of a stream, by its name.
struct ClosedFile {
  std::string path;
  std::uint64_t first_seq = 0;  // as its name has it
  std::string head_before;      // the hash of the line before its first one

  // Its first line cannot be read, or is another one than its name says: what stands there nobody knows, and neither
  // where the file before it ends.
  std::optional<std::string> why_unknown;
};

// As a replica's directory has them, in the order of their lines. One that is there in both ways is being compressed,
// or that was cut short: the one that was there first counts. What has another name is no closed file, whatever its
// lines are: it is somebody's copy.
[[nodiscard]] Result<std::vector<ClosedFile>> closed_files(const std::string& dir, std::string_view stream);

}  // namespace sallyport::logs
