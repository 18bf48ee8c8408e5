#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace sallyport::audit {

// A file that somebody else adds lines to, under whatever name it comes to have. What of a line is not yet there is
// read again, so that it does not matter if a crash takes it back.
class GrowingFile {
 public:
  using Identity = std::pair<std::uint64_t, std::uint64_t>;  // the device, and the file on it

  // A regular file alone.
  [[nodiscard]] static Result<GrowingFile> open(const std::string& path);
  // Of the file that has this name now; nothing if none does.
  [[nodiscard]] static std::optional<Identity> identity_of(const std::string& path);

  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&&) = delete;
  ~GrowingFile();

  [[nodiscard]] Identity identity() const { return identity_; }
  // As far as it is there; "" while its newline is not.
  [[nodiscard]] std::string first_line() const;
  // The whole lines since the last time, at most some MiB of them; none: no more for now. An error: no line ends where
  // one must.
  [[nodiscard]] Result<std::vector<std::string>> read_more();

 private:
  GrowingFile(int file, Identity identity, std::string path)
      : file_(file), identity_(identity), path_(std::move(path)) {}

  int file_;
  Identity identity_;
  std::string path_;
  std::uint64_t taken_ = 0;
};

}  // namespace sallyport::audit
