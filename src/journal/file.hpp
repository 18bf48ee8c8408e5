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

  // A new one (0600), in the place of any there is.
  [[nodiscard]] static Result<File> create(const std::string& path);
  // One that is written no more.
  [[nodiscard]] static Result<File> open_to_read(const std::string& path);

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  [[nodiscard]] const std::string& path() const { return path_; }
  // Another file beside this one, locked, which begins with this line: durable, and in nobody's way yet. This one gets
  // a second name, by which it stays.
  [[nodiscard]] Result<File> make_next(const std::string& closed_path, std::string_view first_line);
  // From now on it has the path of the one it follows.
  [[nodiscard]] Result<void> take_place_of(const File& closed) { return rename_to(closed.path_); }
  [[nodiscard]] Result<void> rename_to(const std::string& path);
  // What a rotation that did not come to its end has left: a file to be, and a second name for this one.
  [[nodiscard]] Result<void> undo_rotation(const std::string& second_path);
  [[nodiscard]] bool is_also(const std::string& path) const;
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer);
  [[nodiscard]] Result<void> rewind();  // to read from its beginning, and what is synced from the disk
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
