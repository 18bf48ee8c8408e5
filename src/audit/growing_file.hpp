#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/file_reader.hpp"
#include "base/result.hpp"

namespace sallyport::audit {

// A file that somebody else adds lines to, under whatever name it comes to have. What of a line is not yet there is
// read again, so that it does not matter if a crash takes it back.
class GrowingFile {
 public:
  // A regular file alone.
  [[nodiscard]] static Result<GrowingFile> open(const std::string& path);

  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&&) = delete;
  ~GrowingFile();

  [[nodiscard]] FileIdentity identity() const { return identity_; }
  // As far as it is there; "" while its newline is not.
  [[nodiscard]] std::string first_line() const;
  // The whole lines since the last time, at most some MiB of them; none: no more for now. An error: no line ends where
  // one must.
  [[nodiscard]] Result<std::vector<std::string>> read_more();

 private:
  GrowingFile(int file, FileIdentity identity, std::string path)
      : file_(file), identity_(identity), path_(std::move(path)) {}

  int file_;
  FileIdentity identity_;
  std::string path_;
  std::uint64_t taken_ = 0;
};

}  // namespace sallyport::audit
