#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/file_reader.hpp"
#include "base/result.hpp"

namespace sallyport::audit {

// A file as it is now. When it is gone, its identity may become that of another one.
struct Stamp {
  FileIdentity identity;
  std::uint64_t bytes = 0;
  std::int64_t changed = 0;  // its content, in nanoseconds

  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};
[[nodiscard]] std::optional<Stamp> stamp_of(const std::string& path);

// A file that somebody else adds lines to, under whatever name it comes to have. What of a line is not yet there is
// read again, so that it does not matter if a crash takes it back.
class GrowingFile {
 public:
  static constexpr std::size_t kBeginning = 4096;  // enough for all that journal::read_start reads

  // A regular file alone.
  [[nodiscard]] static Result<GrowingFile> open(const std::string& path);

  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&&) = delete;
  ~GrowingFile();

  [[nodiscard]] FileIdentity identity() const { return identity_; }
  [[nodiscard]] std::optional<Stamp> stamp() const;
  [[nodiscard]] std::uint64_t size() const;
  // So much of it, if there is as much.
  [[nodiscard]] std::string beginning() const;
  // The whole lines since the last time that end before byte `end`, at most some MiB of them; none: no more for now. An
  // error: no line ends where one must.
  [[nodiscard]] Result<std::vector<std::string>> read_more(std::uint64_t end);

 private:
  GrowingFile(int file, FileIdentity identity, std::string path)
      : file_(file), identity_(identity), path_(std::move(path)) {}

  int file_;
  FileIdentity identity_;
  std::string path_;
  std::uint64_t taken_ = 0;
};

}  // namespace sallyport::audit
