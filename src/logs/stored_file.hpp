#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "journal/scan.hpp"

namespace sallyport::logs {

// A file, whatever name it comes to have: the device, and its number there. When it is gone, that may become another
// one's.
using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;

// A regular file as it is now, which tells it from another one that has its number or its name.
struct Stamp {
  FileIdentity identity;
  std::uint64_t bytes = 0;
  std::int64_t changed = 0;  // its content, in nanoseconds

  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};
// Of what has this name now; nothing: no regular file has.
[[nodiscard]] std::optional<Stamp> stamp_of(const std::string& path);

// A regular file of a log, open for reading, by whatever name it comes to have. It may hold what gzip has compressed,
// which shows in its first byte, whatever its name says. `limit` and sizes are of what is stored; what is read, and
// positions in it, are of what was compressed. One thread.
class StoredFile {
 public:
  // Never fails here: what cannot be opened cannot be read.
  explicit StoredFile(std::string path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());
  StoredFile(StoredFile&& other) noexcept;
  StoredFile& operator=(StoredFile&&) = delete;
  ~StoredFile();

  // When it was opened; nothing if it cannot be read.
  [[nodiscard]] const std::optional<Stamp>& stamp() const { return stamp_; }
  [[nodiscard]] bool is_compressed() const { return is_compressed_; }

  // All of it, from the beginning to the end that it then has. Lives no longer than this.
  [[nodiscard]] journal::ReadSome as_source();
  // Of the last source: what it has read, and whether what is stored is no more what was compressed.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_; }
  [[nodiscard]] bool is_damaged() const { return damaged_; }

  // As much as there is behind a position, at most so many bytes. A compressed file is read forwards: each read gives
  // up what stands before it. conflict: the file ends before that position; other Errors: it cannot be read, or is
  // damaged.
  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t at_most);
  // The last of it, likewise. Reads a compressed one to its end.
  [[nodiscard]] Result<std::string> tail(std::size_t at_most);

 private:
  [[nodiscard]] Error cannot_read(const std::string& why) const;
  [[nodiscard]] Result<std::string> read_stored(std::uint64_t offset, std::size_t at_most) const;
  [[nodiscard]] Result<std::size_t> read_stored(std::uint64_t offset, std::span<char> room) const;
  // Whether there is as much in the window.
  [[nodiscard]] Result<bool> fill_up_to(std::uint64_t end);

  std::string path_;
  std::uint64_t limit_;
  int descriptor_ = -1;
  std::string why_not_;
  std::optional<Stamp> stamp_;
  bool is_compressed_ = false;
  std::uint64_t bytes_ = 0;
  bool damaged_ = false;

  journal::ReadSome plain_;  // of a compressed one that is read by position
  std::string window_;       // what was read of it last
  std::uint64_t window_at_ = 0;
};

}  // namespace sallyport::logs
