#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/result.hpp"
#include "journal/scan.hpp"

namespace sallyport::sink {

// A file of the log, read by position. In a compressed one, positions are those of what was compressed: it is read
// forwards, and each read gives up what stands before it. Not a link. One thread.
class LogFile {
 public:
  explicit LogFile(const std::string& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  [[nodiscard]] ino_t inode() const { return inode_; }  // 0: it could not be opened
  [[nodiscard]] bool is_compressed() const { return static_cast<bool>(source_); }

  // As much as there is, at most so many bytes. conflict: the file ends before that position; other Errors: it can not
  // be read, or is damaged.
  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t at_most);
  // The last of it, likewise. Reads a compressed one to its end.
  [[nodiscard]] Result<std::string> tail(std::size_t at_most);

 private:
  [[nodiscard]] Result<std::string> read_stored(std::uint64_t offset, std::size_t at_most) const;
  // Whether there is as much in the window.
  [[nodiscard]] Result<bool> fill_up_to(std::uint64_t end);

  std::string path_;
  int descriptor_;
  ino_t inode_ = 0;
  std::uint64_t size_ = 0;

  journal::ReadSome source_;  // of a compressed one
  std::uint64_t stored_at_ = 0;
  std::string window_;  // what was read of it last
  std::uint64_t window_at_ = 0;
};

}  // namespace sallyport::sink
