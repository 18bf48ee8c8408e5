#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/sync_data.hpp"

namespace sallyport::journal {

// The log's file, open and locked. No call is ever tried again after it has failed: what an fsync that failed has left
// on the disk nobody knows.
class File {
 public:
  // Makes the directory (0700) and the file (0600) if they are not there. conflict: another process has it.
  [[nodiscard]] static Result<File> open(const std::string& dir, const std::string& file_name);

  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  ~File();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer);
  [[nodiscard]] Result<void> truncate(std::uint64_t size);
  [[nodiscard]] Result<void> append(std::string_view bytes);
  [[nodiscard]] Result<void> sync();

 private:
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  [[nodiscard]] Result<void> lock();

  int descriptor_;
  std::string path_;
  SyncData sync_data_ = make_sync_data();
};

}  // namespace sallyport::journal
